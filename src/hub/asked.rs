//! What a request to the API says, in its path, its query and its body. What can't be read is refused
//! as everything else is: with a word for programs and a sentence for people.

use axum::{
    body::Bytes,
    extract::{self, FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use super::api::Refusal;

/// The parts of the path that stand in braces in the table of routes.
pub struct Path<T>(pub T);

/// What stands behind the question mark.
pub struct Query<T>(pub T);

/// The body, JSON whatever its content type says.
pub struct Posted<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(path)) => Ok(Self(path)),
            Err(error) => Err(Refusal::bad_request(&format!(
                "the address can't be read: {}",
                error.body_text()
            ))),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match extract::Query::from_request_parts(parts, state).await {
            Ok(extract::Query(query)) => Ok(Self(query)),
            Err(error) => Err(Refusal::bad_request(&format!(
                "what stands behind the question mark is not what is expected: {}",
                error.body_text()
            ))),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let body =
            Bytes::from_request(request, state).await.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Refusal::too_large("the body is longer than 64 KiB")
                }
                _ => Refusal::bad_request("the body did not arrive whole"),
            })?;
        let wrong =
            |error| Refusal::bad_request(&format!("the body is not what is expected: {error}"));
        serde_json::from_slice(&body).map(Self).map_err(wrong)
    }
}

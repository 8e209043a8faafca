//! The do-not-call list, by the API.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Extension, State},
    http::StatusCode,
};

use super::{
    api::{Answer, Refusal},
    asked::Posted,
    engine::SaidOfNumber,
    operators::Operator,
    orders,
    server::Hub,
};
use crate::{
    call::Phone,
    wire::{NumberCommand, NumberOrder, Receipt, Suppression},
};

/// `GET /v1/do-not-call`: the numbers that are not to be rung, the latest first.
pub async fn list(State(hub): State<Arc<Hub>>) -> Answer<Vec<Suppression>> {
    Ok(Json(hub.engine.do_not_call().await?))
}

/// `POST /v1/do-not-call`: puts a number on the list, or takes it off.
pub async fn change(
    State(hub): State<Arc<Hub>>,
    Extension(operator): Extension<Operator>,
    Posted(NumberCommand { id, number, order }): Posted<NumberCommand>,
) -> Answer<Receipt> {
    orders::check_id(&id)?;
    let parsed = Phone::parse(number.as_str(), &hub.plan.dispatch.region);
    let parsed = parsed.and_then(|phone| Phone::of_e164(phone.as_str()));
    let number = parsed.ok_or_else(|| {
        let message = format!("{number:?} is no telephone number; write it as +15550104477");
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &message)
    })?;
    let stands = order == NumberOrder::Add;
    let said = SaidOfNumber { id, number, stands, operator: operator.name };
    Ok(Json(hub.engine.say_of_number(said).await?))
}

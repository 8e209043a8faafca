//! What is read of the org for whoever looks at a call: the values its fields may have, and what
//! else is going on with the caller.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use super::{
    api::{Refusal, call_id},
    asked::Path,
    server::Hub,
};
use crate::{
    salesforce::{Failure, is_api_name},
    wire::{OpenOpportunity, Picklists},
};

/// The picklists of an sObject, for forms.
pub async fn picklists(
    State(hub): State<Arc<Hub>>,
    Path(sobject): Path<String>,
) -> Result<Json<Picklists>, Refusal> {
    if !is_api_name(&sobject) {
        return Err(Refusal::bad_request("an sObject, such as Opportunity"));
    }
    let Some(courier) = hub.engine.connected() else {
        return Err(Refusal::bad_request("no Salesforce org is configured in this hub"));
    };
    let lists = courier.picklists(&sobject).await;
    lists.map(Json).map_err(|failure| silent(&format!("describe {sobject}"), &failure))
}

/// The Opportunities of the caller's Account that are not closed; none for who is no customer.
pub async fn opportunities(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<OpenOpportunity>>, Refusal> {
    let detail = hub.engine.detail(call_id(&id)?).await?;
    let contact = detail.records.iter().find(|record| record.sobject.as_str() == "Contact");
    let (Some(contact), Some(courier)) = (contact, hub.engine.connected()) else {
        return Ok(Json(Vec::new()));
    };
    let open = courier.open_opportunities(contact.id.as_str()).await;
    open.map(Json).map_err(|failure| silent("tell of their Opportunities", &failure))
}

fn silent(what: &str, failure: &Failure) -> Refusal {
    let advice = failure.advice().map(|advice| format!(". {advice}")).unwrap_or_default();
    let message = format!("Salesforce did not {what}: {failure}{advice}");
    Refusal::new(StatusCode::BAD_GATEWAY, "salesforce", &message)
}

//! Flow actions, as a customer would have set them up.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    records::Row,
    rest::fields_of,
    save::Saving,
    wire::Request,
};

/// The flow that makes a Lead, and what its variables (names are case-sensitive) become.
const FLOW: &str = "Create_Lead";
const VARIABLES: &[(&str, &str)] = &[
    ("firstName", "FirstName"),
    ("lastName", "LastName"),
    ("company", "Company"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("description", "Description"),
    ("leadSource", "LeadSource"),
    ("rating", "Rating"),
    ("callboardId", "Callboard_Id__c"),
    ("urgencyLevel", "Urgency_Level__c"),
];

impl Org {
    /// `/actions/*`
    pub(super) fn actions(
        &mut self,
        version: u32,
        rest: &[&str],
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let place = format!("/services/data/v{version}.0/actions/custom/flow");
        match (request.method.as_str(), rest) {
            ("GET", ["custom"]) => Ok(Answer::json(200, json!({ "flow": place }))),
            ("GET", ["custom", "flow"]) => Ok(Answer::json(
                200,
                json!({ "actions": [{ "label": "Create Lead", "name": FLOW, "type": "FLOW",
                                      "url": format!("{place}/{FLOW}") }] }),
            )),
            ("GET", ["custom", "flow", FLOW]) => {
                let input = |(name, _): &(&str, &str)| json!({ "name": name, "label": name, "type": "STRING", "required": false });
                let inputs: Vec<Value> = VARIABLES.iter().map(input).collect();
                Ok(Answer::json(
                    200,
                    json!({ "name": FLOW, "label": "Create Lead", "type": "FLOW", "inputs": inputs,
                            "outputs": [{ "name": "leadId", "label": "leadId", "type": "STRING" }] }),
                ))
            }
            ("POST", ["custom", "flow", FLOW]) => self.run_flow(&request.body),
            _ => Err(Refusal::not_found()),
        }
    }

    fn run_flow(&mut self, body: &[u8]) -> Result<Answer, Refusal> {
        let body = fields_of(body)?;
        let inputs = body.get("inputs").and_then(Value::as_array).cloned();
        let inputs = inputs
            .ok_or_else(|| Refusal::new("JSON_PARSER_ERROR", "'inputs' is a required field."))?;
        let mut failed = false;
        let results: Vec<Value> = inputs
            .iter()
            .map(|input| match self.interview(input) {
                Ok(id) => json!({
                    "actionName": FLOW, "errors": null, "isSuccess": true,
                    "outputValues": { "leadId": id, "Flow__InterviewStatus": "Finished" },
                }),
                Err(refusal) => {
                    failed = true;
                    json!({
                        "actionName": FLOW, "errors": [refusal.as_record_error()],
                        "isSuccess": false, "outputValues": null,
                    })
                }
            })
            .collect();
        Ok(Answer::json(if failed { 400 } else { 200 }, json!(results)))
    }

    fn interview(&mut self, input: &Value) -> Result<String, Refusal> {
        let mut fields = Row::new();
        for (name, value) in input.as_object().into_iter().flatten() {
            let (_, field) =
                VARIABLES.iter().find(|(known, _)| known == name).ok_or_else(|| {
                    let message = format!("The flow {FLOW} has no input variable {name}");
                    Refusal::new("INVALID_INPUT", message)
                })?;
            fields.insert((*field).to_owned(), value.clone());
        }
        let saving = Saving { assign: false, allow_duplicates: true, duplicate_details: false };
        let before = self.tables.mark();
        self.create("Lead", &fields, &saving).map_err(|refusal| {
            self.tables.roll_back(before);
            let message = format!(
                "The flow failed to access the value: CANNOT_EXECUTE_FLOW_TRIGGER: {}: {}",
                refusal.code, refusal.message
            );
            Refusal::saving("CANNOT_EXECUTE_FLOW_TRIGGER", message, &[])
        })
    }
}

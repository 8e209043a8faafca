//! Apex REST classes, as a customer would have written them: what they answer is their author's affair.

use serde_json::{Value, json};

use super::{
    ApexStyle, FaultKind, Org,
    answer::{Answer, Refusal},
    records::Row,
    rest::fields_of,
    save::Saving,
    wire::Request,
};

/// By what the class that may be called twice knows its Leads.
const KEY: &str = "Callboard_Id__c";

impl Org {
    /// `POST /services/apexrest/leads`: a class that makes a Lead of the fields it is given, each time
    /// it is called. `…/leads/once` makes one for each external id, however often it is called.
    pub(super) fn apex_rest(
        &mut self,
        path: &[&str],
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let once = match (request.method.as_str(), path) {
            ("POST", ["leads"]) => false,
            ("POST", ["leads", "once"]) => true,
            _ => return Err(Refusal::new("NOT_FOUND", "Could not find a match for URL")),
        };
        let fields = fields_of(&request.body)?;
        let style = self.apex_style(request);
        if style == Some(ApexStyle::SaysNo) {
            let said = json!({ "success": false, "message": "We don't serve this postal code" });
            return Ok(Answer::json(200, said));
        }
        let before = self.tables.mark();
        let id = self.run_class(&fields, once).map_err(|refusal| {
            self.tables.roll_back(before);
            let message = format!(
                "System.DmlException: Insert failed. First exception on row 0; first error: {}, {}",
                refusal.code, refusal.message
            );
            Refusal { status: 500, ..Refusal::new("APEX_ERROR", message) }
        })?;
        Ok(match style {
            None | Some(ApexStyle::SaysNo) => Answer::json(200, json!({ "id": id })),
            Some(ApexStyle::Text) => Answer::json(200, json!(id)),
            Some(ApexStyle::Empty) => Answer::empty(200),
            Some(ApexStyle::Nested) => {
                Answer::json(200, json!([{ "success": true, "result": { "lead": { "Id": id } } }]))
            }
            Some(ApexStyle::Html) => {
                Answer::text(200, "text/html;charset=UTF-8", "<html><body>Thank you</body></html>")
            }
        })
    }

    fn apex_style(&mut self, request: &Request) -> Option<ApexStyle> {
        let now = self.now();
        let concerns = |kind: &FaultKind| matches!(kind, FaultKind::ApexAnswer { .. });
        let struck = self.faults.strike(now, concerns, |object| request.is_about(object));
        struck.into_iter().find_map(|kind| match kind {
            FaultKind::ApexAnswer { style } => Some(style),
            _ => None,
        })
    }

    fn run_class(&mut self, fields: &Row, once: bool) -> Result<String, Refusal> {
        let saving = Saving { assign: false, allow_duplicates: true, duplicate_details: false };
        let key = fields.get(KEY).and_then(Value::as_str).filter(|_| once);
        let known = key.and_then(|key| self.tables.find("Lead", KEY, key).into_iter().next());
        match known {
            Some(id) => self.update("Lead", &id, fields, &saving).map(|()| id),
            None => self.create("Lead", fields, &saving),
        }
    }
}

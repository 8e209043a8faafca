//! The back door: faults, records, counts and the log, for tests and the curious. Not part of
//! any Salesforce.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Fault, Org,
    answer::Answer,
    records::{Row, is_deleted},
    wire::Request,
};

impl Org {
    /// `/admin/*`
    pub(super) fn administer(&mut self, request: &Request) -> Answer {
        let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["faults"]) => Answer::json(200, self.faults.list(self.now())),
            ("POST", ["faults"]) => self.post_faults(&request.body),
            ("DELETE", ["faults"]) => {
                self.faults.clear();
                Answer::empty(204)
            }
            ("DELETE", ["faults", id]) => match id.parse() {
                Ok(id) if self.faults.remove(id) => Answer::empty(204),
                _ => problem(404, "there is no fault of that number (any more)"),
            },
            ("GET", ["records"]) => Answer::json(200, self.record_counts()),
            ("GET", ["records", object]) => self.records_of(object),
            ("GET", ["calls"]) => Answer::json(
                200,
                json!({
                    "api_calls": self.calls_ever, "today": self.calls_today,
                    "daily_limit": self.options.daily_limit,
                }),
            ),
            ("GET", ["log"]) => {
                let log: Vec<_> = self.log.iter().collect();
                Answer::json(200, serde_json::to_value(log).unwrap_or_default())
            }
            ("GET", ["web-to-lead"]) => Answer::json(200, self.web_to_lead_state()),
            ("POST", ["fields"]) => self.post_fields(&request.body),
            ("POST", ["clock"]) => self.post_clock(&request.body),
            _ => problem(
                404,
                "see /admin/faults, /admin/records, /admin/records/{sObject}, /admin/calls, /admin/log, /admin/web-to-lead, POST /admin/clock, POST /admin/fields",
            ),
        }
    }

    fn post_faults(&mut self, body: &[u8]) -> Answer {
        let wanted: Vec<Value> = match serde_json::from_slice(body) {
            Ok(Value::Array(faults)) => faults,
            Ok(fault) => vec![fault],
            Err(error) => return problem(400, &format!("the body is not JSON: {error}")),
        };
        let faults: Result<Vec<Fault>, String> = wanted.iter().map(Fault::from_json).collect();
        match faults {
            Ok(faults) => {
                let ids: Vec<u64> = faults.into_iter().map(|fault| self.set_fault(fault)).collect();
                Answer::json(201, json!({ "ids": ids }))
            }
            Err(error) => problem(400, &error),
        }
    }

    fn record_counts(&self) -> Value {
        let count = |name: &str| self.tables.of(name).filter(|row| !is_deleted(row)).count();
        let counts: BTreeMap<&str, usize> = self
            .schema
            .objects()
            .map(|object| (object.name.as_str(), count(&object.name)))
            .collect();
        json!(counts)
    }

    fn records_of(&self, object: &str) -> Answer {
        let Some(object) = self.schema.object(object) else {
            return problem(404, "there is no such object");
        };
        let rows: Vec<&Row> = self.tables.of(&object.name).filter(|row| !is_deleted(row)).collect();
        Answer::json(200, json!(rows))
    }

    /// `{"hide": "Lead.Urgency_Level__c"}`: nobody sees the field until a permission set shows it.
    fn post_fields(&mut self, body: &[u8]) -> Answer {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let hidden =
            value.get("hide").and_then(Value::as_str).and_then(|name| name.split_once('.'));
        match hidden {
            Some((object, field)) if self.hide_field(object, field) => Answer::empty(204),
            _ => problem(400, "send {\"hide\": \"Lead.Urgency_Level__c\"} with a field there is"),
        }
    }

    /// Moves the clock ahead, so that tokens age and days pass.
    fn post_clock(&mut self, body: &[u8]) -> Answer {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        match value.get("advance_seconds").and_then(Value::as_i64) {
            Some(seconds @ 0..) => {
                self.ahead = self.ahead.saturating_add(SignedDuration::from_secs(seconds));
                Answer::json(200, json!({ "now": self.now().to_string() }))
            }
            _ => problem(400, "send {\"advance_seconds\": 7200}; the clock only goes forward"),
        }
    }
}

fn problem(status: u16, text: &str) -> Answer {
    Answer::json(status, json!({ "problem": text }))
}

//! Web-to-Lead: takes a form, says 200 whatever happens, and tells failures by e-mail.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    FaultKind, Org,
    answer::Answer,
    records::Row,
    save::Saving,
    wire::{Request, form},
};

/// How many leads a day the org takes at once; more wait.
const A_DAY: usize = 500;

/// The form's names for standard fields.
const NAMES: &[(&str, &str)] = &[
    ("first_name", "FirstName"),
    ("last_name", "LastName"),
    ("salutation", "Salutation"),
    ("email", "Email"),
    ("company", "Company"),
    ("phone", "Phone"),
    ("mobile", "MobilePhone"),
    ("title", "Title"),
    ("street", "Street"),
    ("city", "City"),
    ("state", "State"),
    ("zip", "PostalCode"),
    ("country", "Country"),
    ("URL", "Website"),
    ("description", "Description"),
    ("lead_source", "LeadSource"),
    ("industry", "Industry"),
    ("rating", "Rating"),
    ("employees", "NumberOfEmployees"),
    ("revenue", "AnnualRevenue"),
    ("lead_status", "Status"),
    ("recordType", "RecordTypeId"),
];

/// What came by form.
#[derive(Debug, Default)]
pub(super) struct WebToLead {
    taken: VecDeque<Timestamp>,
    waiting: VecDeque<HashMap<String, String>>,
    /// What the default lead creator was written, oldest first.
    pub mail: Vec<String>,
}

impl Org {
    /// `POST /servlet/servlet.WebToLead`
    pub(super) fn web_to_lead(&mut self, request: &Request) -> Answer {
        if request.method == "POST" {
            self.web_to_lead.waiting.push_back(form(request));
            self.take_web_leads();
        }
        const PAGE: &str =
            "<html><head><meta http-equiv=\"Refresh\" content=\"0\"></head><body></body></html>";
        Answer::text(200, "text/html;charset=UTF-8", PAGE)
    }

    /// Makes leads of what waits, as far as the rolling day allows.
    pub(super) fn take_web_leads(&mut self) {
        let now = self.now();
        let day = SignedDuration::from_hours(24);
        let old = |at: &Timestamp| now.duration_since(*at) >= day;
        while self.web_to_lead.taken.front().is_some_and(old) {
            self.web_to_lead.taken.pop_front();
        }
        while self.web_to_lead.taken.len() < A_DAY
            && let Some(form) = self.web_to_lead.waiting.pop_front()
        {
            self.web_to_lead.taken.push_back(now);
            if let Err(reason) = self.make_web_lead(&form) {
                self.web_to_lead.mail.push(format!(
                    "Salesforce could not create this lead because of the reason listed below. Reason: {reason}"
                ));
            }
        }
    }

    fn make_web_lead(&mut self, form: &HashMap<String, String>) -> Result<(), String> {
        let org = form.get("oid").map(String::as_str).unwrap_or_default();
        if org != &self.org_id[..15] && org != self.org_id {
            // Another org's lead: it goes nowhere, and nobody here hears of it.
            return Ok(());
        }
        let now = self.now();
        let captcha = |kind: &FaultKind| *kind == FaultKind::CaptchaRequired;
        if !self.faults.strike(now, captcha, |name| name == "Lead").is_empty() {
            return Ok(());
        }
        let fields = self.web_fields(form);
        let saving = Saving { assign: true, allow_duplicates: false, duplicate_details: false };
        let before = self.tables.mark();
        self.create("Lead", &fields, &saving).map(|_| ()).map_err(|refusal| {
            self.tables.roll_back(before);
            refusal.message
        })
    }

    fn web_fields(&self, form: &HashMap<String, String>) -> Row {
        let mut fields = Row::new();
        let lead = self.schema.object("Lead");
        for (name, value) in form {
            let standard = NAMES.iter().find(|(known, _)| known == name).map(|(_, field)| *field);
            let custom = || {
                lead?.fields().find(|field| {
                    field
                        .durable_id
                        .as_deref()
                        .is_some_and(|id| id == name || id.get(..15) == Some(name))
                })
            };
            let Some(field) = standard.or_else(|| custom().map(|field| field.name.as_str())) else {
                continue;
            };
            let checked = lead
                .and_then(|lead| lead.field(field))
                .filter(|field| field.kind == super::schema::Kind::Boolean);
            let value = match checked {
                Some(_) => json!(matches!(value.as_str(), "1" | "true" | "on")),
                None => json!(value),
            };
            fields.insert(field.to_owned(), value);
        }
        fields
    }

    /// What the back door tells of Web-to-Lead.
    pub(super) fn web_to_lead_state(&self) -> Value {
        json!({
            "org_id": &self.org_id[..15], "taken_in_24h": self.web_to_lead.taken.len(),
            "waiting": self.web_to_lead.waiting.len(), "mail": self.web_to_lead.mail,
        })
    }
}

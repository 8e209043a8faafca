//! Converting a Lead: Account, Contact and Opportunity from it, and no way back.

use serde_json::{Value, json};

use super::{
    FaultKind, Org,
    answer::Refusal,
    person::is_person,
    records::{Row, text},
    save::Saving,
};

/// What is asked for one lead.
#[derive(Clone, Debug, Default)]
pub(super) struct LeadConvert {
    pub lead: String,
    pub status: String,
    pub account: Option<String>,
    pub contact: Option<String>,
    pub opportunity: Option<String>,
    pub opportunity_name: Option<String>,
    pub owner: Option<String>,
    pub no_opportunity: bool,
    pub overwrite_source: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    pub account: String,
    pub contact: String,
    pub opportunity: Option<String>,
}

impl Org {
    /// Converts one lead; the caller rolls back what a refusal leaves half done.
    pub(super) fn convert_lead(
        &mut self,
        wanted: &LeadConvert,
        saving: &Saving,
    ) -> Result<Conversion, Refusal> {
        let lead = self.lead_to_convert(wanted)?;
        let owner = match &wanted.owner {
            Some(owner) if !owner.starts_with("005") => {
                let message = format!("Owner ID: id value of incorrect type: {owner}");
                return Err(Refusal::saving("MALFORMED_ID", message, &["OwnerId"]));
            }
            Some(owner) => owner.clone(),
            // A queue can't own what comes of a lead.
            None => Some(text(&lead, "OwnerId"))
                .filter(|id| id.starts_with("005"))
                .unwrap_or(&self.user_id)
                .to_owned(),
        };
        let account = self.account_of(wanted, &lead, &owner, saving)?;
        let contact = self.contact_of(wanted, &lead, &account, &owner, saving)?;
        let opportunity = self.opportunity_of(wanted, &lead, &account, &contact, &owner, saving)?;
        self.mark_converted(wanted, lead, &account, &contact, opportunity.as_deref());
        Ok(Conversion { account, contact, opportunity })
    }

    fn lead_to_convert(&mut self, wanted: &LeadConvert) -> Result<Row, Refusal> {
        let object = self.object("Lead")?;
        let (id, row) = self
            .record(object, &wanted.lead)
            .map_err(|refusal| Refusal { fields: Some(vec!["leadId".to_owned()]), ..refusal })?;
        let row = row.clone();
        if row.get("IsConverted") == Some(&Value::Bool(true)) {
            return Err(Refusal::saving(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                &[],
            ));
        }
        let status_converts = self.tables.of("LeadStatus").any(|status| {
            text(status, "ApiName") == wanted.status && status["IsConverted"] == true
        });
        if !status_converts {
            let message = format!("invalid convertedStatus: {}", wanted.status);
            return Err(Refusal::saving("INVALID_STATUS", message, &[]));
        }
        if wanted.contact.is_some() && wanted.account.is_none() {
            let message = "accountId is required when contactId is given";
            return Err(Refusal::saving("REQUIRED_FIELD_MISSING", message, &["accountId"]));
        }
        let now = self.now();
        if !self
            .faults
            .strike(now, |kind| *kind == FaultKind::Lock, |name| name == "Lead")
            .is_empty()
        {
            let message =
                format!("unable to obtain exclusive access to this record or 1 records: {id}");
            return Err(Refusal::saving("UNABLE_TO_LOCK_ROW", message, &[]));
        }
        Ok(row)
    }

    fn account_of(
        &mut self,
        wanted: &LeadConvert,
        lead: &Row,
        owner: &str,
        saving: &Saving,
    ) -> Result<String, Refusal> {
        if let Some(id) = &wanted.account {
            let object = self.object("Account")?;
            return self.record(object, id).map(|(id, _)| id);
        }
        if self.options.person_accounts && text(lead, "Company").is_empty() {
            return self.person_of(lead, owner, saving);
        }
        let fields = json!({
            "Name": lead["Company"], "Phone": lead["Phone"], "BillingStreet": lead["Street"],
            "BillingCity": lead["City"], "BillingState": lead["State"],
            "BillingPostalCode": lead["PostalCode"], "BillingCountry": lead["Country"],
            "Website": lead["Website"], "Industry": lead["Industry"], "OwnerId": owner,
        });
        self.create("Account", fields.as_object().unwrap_or(&Row::new()), saving)
    }

    /// A Lead without a company becomes a Person Account.
    fn person_of(&mut self, lead: &Row, owner: &str, saving: &Saving) -> Result<String, Refusal> {
        let fields = json!({
            "FirstName": lead["FirstName"], "LastName": lead["LastName"], "Phone": lead["Phone"],
            "PersonEmail": lead["Email"], "PersonMobilePhone": lead["MobilePhone"],
            "PersonMailingStreet": lead["Street"], "PersonLeadSource": lead["LeadSource"],
            "OwnerId": owner,
        });
        self.create("Account", fields.as_object().unwrap_or(&Row::new()), saving)
    }

    fn contact_of(
        &mut self,
        wanted: &LeadConvert,
        lead: &Row,
        account: &str,
        owner: &str,
        saving: &Saving,
    ) -> Result<String, Refusal> {
        if let Some(id) = &wanted.contact {
            let object = self.object("Contact")?;
            let id = self.record(object, id).map(|(id, _)| id)?;
            if wanted.overwrite_source {
                let source = json!({ "LeadSource": lead["LeadSource"] });
                self.update("Contact", &id, source.as_object().unwrap_or(&Row::new()), saving)?;
            }
            return Ok(id);
        }
        let person = self.tables.get("Account", account).filter(|row| is_person(row));
        if let Some(person) = person {
            return Ok(text(person, "PersonContactId").to_owned());
        }
        let mut fields = Row::new();
        for name in [
            "Salutation",
            "FirstName",
            "LastName",
            "Title",
            "Phone",
            "MobilePhone",
            "Email",
            "LeadSource",
            "Description",
        ] {
            fields.insert(name.to_owned(), lead[name].clone());
        }
        for (from, to) in [
            ("Street", "MailingStreet"),
            ("City", "MailingCity"),
            ("State", "MailingState"),
            ("PostalCode", "MailingPostalCode"),
            ("Country", "MailingCountry"),
        ] {
            fields.insert(to.to_owned(), lead[from].clone());
        }
        fields.insert("AccountId".to_owned(), json!(account));
        fields.insert("OwnerId".to_owned(), json!(owner));
        // The lead that is being converted is no duplicate of its own contact.
        let saving = Saving {
            allow_duplicates: saving.allow_duplicates || self.is_only_lead_like(lead),
            ..saving.clone()
        };
        self.create("Contact", &fields, &saving)
    }

    /// Whether no Contact has the lead's phone or e-mail yet.
    fn is_only_lead_like(&self, lead: &Row) -> bool {
        let same = |contact: &Row| {
            ["Phone", "Email"].iter().any(|field| {
                let value = text(lead, field);
                !value.is_empty() && text(contact, field) == value
            })
        };
        !self.tables.of("Contact").any(same)
    }

    fn opportunity_of(
        &mut self,
        wanted: &LeadConvert,
        lead: &Row,
        account: &str,
        contact: &str,
        owner: &str,
        saving: &Saving,
    ) -> Result<Option<String>, Refusal> {
        if wanted.opportunity.is_some() {
            let object = self.object("Opportunity")?;
            let id = wanted.opportunity.clone().unwrap_or_default();
            return self.record(object, &id).map(|(id, _)| Some(id));
        }
        if wanted.no_opportunity {
            return Ok(None);
        }
        let name = wanted.opportunity_name.as_deref().unwrap_or_else(|| text(lead, "Company"));
        let today = self.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        // The quarter's last day, as the conversion page proposes.
        let months = 2 - (today.month() - 1) % 3;
        let close =
            today.first_of_month().saturating_add(jiff::Span::new().months(months)).last_of_month();
        let fields = json!({
            "Name": name, "StageName": "Prospecting", "CloseDate": close.to_string(),
            "AccountId": account, "ContactId": contact, "LeadSource": lead["LeadSource"],
            "OwnerId": owner,
        });
        self.create("Opportunity", fields.as_object().unwrap_or(&Row::new()), saving).map(Some)
    }

    fn mark_converted(
        &mut self,
        wanted: &LeadConvert,
        mut lead: Row,
        account: &str,
        contact: &str,
        opportunity: Option<&str>,
    ) {
        let today = self.now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let changes = json!({
            "IsConverted": true, "ConvertedDate": today, "Status": wanted.status,
            "ConvertedAccountId": account, "ConvertedContactId": contact,
            "ConvertedOpportunityId": opportunity,
        });
        lead.extend(changes.as_object().cloned().unwrap_or_default());
        let id = text(&lead, "Id").to_owned();
        self.touch(&mut lead);
        self.tables.put("Lead", &id, lead);
        // What was done about the lead is now about the contact.
        let tasks: Vec<Row> =
            self.tables.of("Task").filter(|task| text(task, "WhoId") == id).cloned().collect();
        for mut task in tasks {
            let task_id = text(&task, "Id").to_owned();
            task.insert("WhoId".to_owned(), json!(contact));
            task.insert("WhatId".to_owned(), json!(opportunity.unwrap_or(account)));
            self.tables.put("Task", &task_id, task);
        }
    }
}

//! Person Accounts: an Account that is a person, and the Contact that stands behind it.
//!
//! Such an Account has a last name and never a `Name` of its own; fields of its Contact are shown on
//! it as `Person…` and `…__pc`. The Contact is changed through the Account only.

use serde_json::{Value, json};

use super::{
    Org,
    answer::Refusal,
    records::{Row, text},
    schema::{Field, Kind, Object, Schema},
};

/// What the Account calls standard fields of its Contact.
const SHARED: &[(&str, &str)] = &[
    ("Salutation", "Salutation"),
    ("FirstName", "FirstName"),
    ("LastName", "LastName"),
    ("Phone", "Phone"),
    ("OwnerId", "OwnerId"),
    ("PersonEmail", "Email"),
    ("PersonMobilePhone", "MobilePhone"),
    ("PersonHomePhone", "HomePhone"),
    ("PersonOtherPhone", "OtherPhone"),
    ("PersonTitle", "Title"),
    ("PersonLeadSource", "LeadSource"),
    ("PersonMailingStreet", "MailingStreet"),
    ("PersonMailingCity", "MailingCity"),
    ("PersonMailingState", "MailingState"),
    ("PersonMailingPostalCode", "MailingPostalCode"),
    ("PersonMailingCountry", "MailingCountry"),
];

/// The Account's name for a field of its Contact.
fn on_account(contact_field: &str) -> Option<String> {
    let shared = SHARED.iter().find(|(_, contact)| *contact == contact_field);
    let shared = shared.map(|(account, _)| (*account).to_owned());
    shared.or_else(|| contact_field.strip_suffix("__c").map(|name| format!("{name}__pc")))
}

impl Schema {
    /// What Salesforce adds when an org gets Person Accounts; there is no way back.
    pub(super) fn enable_person_accounts(&mut self) {
        let Some(contact) = self.object("Contact").cloned() else { return };
        contact.fields().for_each(|field| self.show_on_account(field));
        if let Some(account) = self.object_mut("Account") {
            account.add(Field {
                read_only: true,
                to: vec!["Contact".to_owned()],
                relationship: Some("PersonContact".to_owned()),
                ..Field::plain("PersonContactId", Kind::Reference)
            });
        }
        let flag = || Field { read_only: true, ..Field::plain("IsPersonAccount", Kind::Boolean) };
        for name in ["Account", "Contact"] {
            if let Some(object) = self.object_mut(name) {
                object.add(flag());
            }
        }
        // A Lead without a company becomes a Person Account.
        let lead = self.object_mut("Lead");
        if let Some(company) = lead.and_then(|lead| lead.any_field_mut("Company")) {
            company.required = false;
        }
    }

    /// Shows a field of Contacts on Accounts.
    pub(super) fn show_on_account(&mut self, field: &Field) {
        let Some(name) = on_account(&field.name) else { return };
        let plain =
            Field { name, required: false, unique: false, external_id: false, ..field.clone() };
        if let Some(account) = self.object_mut("Account")
            && account.any_field(&plain.name).is_none()
        {
            account.add(plain);
        }
    }
}

/// Whether this Account is a person.
pub(super) fn is_person(account: &Row) -> bool {
    account.contains_key("IsPersonAccount") && !text(account, "LastName").is_empty()
}

impl Org {
    /// Refuses what can't be written to this kind of Account, or past it to its Contact. `row` is
    /// the record with the request's fields in it.
    pub(super) fn check_person(
        &self,
        object: &Object,
        row: &Row,
        given: &[String],
    ) -> Result<(), Refusal> {
        if !self.options.person_accounts {
            return Ok(());
        }
        if object.name == "Contact" && row.get("IsPersonAccount") == Some(&Value::Bool(true)) {
            let message = "insufficient access rights on object id";
            return Err(Refusal::saving("INSUFFICIENT_ACCESS_OR_READONLY", message, &[]));
        }
        if object.name != "Account" {
            return Ok(());
        }
        let persons = |name: &&String| {
            let plain = matches!(name.as_str(), "Phone" | "OwnerId");
            !plain && (name.ends_with("__pc") || SHARED.iter().any(|(ours, _)| ours == name))
        };
        let wrong = if is_person(row) {
            given.iter().find(|name| *name == "Name")
        } else {
            given.iter().find(persons)
        };
        wrong.map_or(Ok(()), |name| {
            let message = format!("Account: bad field names on insert/update call: {name}");
            Err(Refusal::saving("INVALID_FIELD_FOR_INSERT_UPDATE", message, &[name]))
        })
    }

    /// Brings the Contact of a Person Account up to date, and makes it for a new one.
    pub(super) fn mirror_person(&mut self, id: &str) {
        let Some(account) = self.tables.get("Account", id).filter(|row| is_person(row)).cloned()
        else {
            return;
        };
        let Some(contact) = self.schema.object("Contact").cloned() else { return };
        let known = text(&account, "PersonContactId").to_owned();
        let mut row = match self.tables.get("Contact", &known) {
            Some(row) => row.clone(),
            None => self.blank(&contact),
        };
        for field in contact.fields() {
            let value = on_account(&field.name).and_then(|name| account.get(&name));
            if let Some(value) = value {
                row.insert(field.name.clone(), value.clone());
            }
        }
        let contact_id = if known.is_empty() {
            self.tables.next_id(&contact.prefix, &self.instance)
        } else {
            known
        };
        row.insert("Id".to_owned(), json!(contact_id));
        row.insert("AccountId".to_owned(), json!(id));
        row.insert("IsPersonAccount".to_owned(), json!(true));
        self.derive(&contact, &mut row, &[]);
        self.touch(&mut row);
        self.tables.put("Contact", &contact_id, row);
        let mut account = account;
        account.insert("PersonContactId".to_owned(), json!(contact_id));
        self.tables.put("Account", id, account);
    }
}

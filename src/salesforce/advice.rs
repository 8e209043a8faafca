//! What a person can do about a failure, in one sentence.

use super::failure::{Class, Failure, Trouble};

impl Failure {
    /// What to do about it, for the person who can; none when there is nothing to do but wait.
    pub fn advice(&self) -> Option<String> {
        if let Some(advice) = self.by_code() {
            return Some(advice);
        }
        let advice = match self.class {
            Class::Transient => return None,
            Class::Ambiguous => {
                "It may have arrived all the same; Salesforce is asked before it is repeated."
            }
            Class::OrgWide(Trouble::Limit) => {
                "The org's allowance is used up; writes are held until it is free again."
            }
            Class::OrgWide(Trouble::Maintenance) => {
                "Salesforce is being worked on; see status.salesforce.com. Writes are held."
            }
            Class::OrgWide(Trouble::Unreachable) => {
                "Check the network and login_url; see status.salesforce.com. Writes are held."
            }
            Class::OrgWide(Trouble::Reauthorise) => {
                "Give the program a new login: the permission was withdrawn or has expired."
            }
            Class::OrgWide(Trouble::Config) => {
                "Check the External Client App and the integration user in Salesforce's Setup."
            }
            Class::Permanent => "Change the data, the field mapping or the org, then retry.",
        };
        Some(advice.to_owned())
    }

    fn by_code(&self) -> Option<String> {
        let fields = self.fields.join(", ");
        let field = if fields.is_empty() { "the field" } else { &fields };
        let advice = match self.code.as_str() {
            "REQUIRED_FIELD_MISSING" => format!(
                "The org requires {field}: map a value to it, give it a default in Setup, or make \
                 it optional."
            ),
            "INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE" => {
                "The field does not exist or the integration user may not write it: create it and \
                 grant field-level security, or take it out of the mapping."
                    .to_owned()
            }
            "FIELD_CUSTOM_VALIDATION_EXCEPTION" => {
                "A validation rule of the org refused it: correct the record or relax the rule, \
                 then retry."
                    .to_owned()
            }
            "WEB_TO_LEAD_CAP" => "Forms wait until the first of them is 24 hours old; use another \
                 destination for so many calls."
                .to_owned(),
            "MAYBE_SENT" => {
                "Look in Salesforce whether the Lead is there: if it is, discard this; \
                 if not, retry."
                    .to_owned()
            }
            "NO_ORG" => "Set up [salesforce] (docs/salesforce.md), then retry.".to_owned(),
            "NO_DESTINATION" => {
                "Put the destination back into the settings, or discard this.".to_owned()
            }
            "FIELD_INTEGRITY_EXCEPTION" => format!("The org refuses the value of {field}."),
            "STRING_TOO_LONG" => {
                format!("The value is longer than {field} allows: set its length in the mapping.")
            }
            "INVALID_EMAIL_ADDRESS" => "Correct the e-mail address, then retry.".to_owned(),
            "NUMBER_OUTSIDE_VALID_RANGE" => {
                format!("The number has more digits than {field} allows: widen the field.")
            }
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => format!(
                "Add the value to the picklist of {field}, or map it to one that is there (case \
                 counts)."
            ),
            "INVALID_TYPE_ON_FIELD_IN_RECORD" | "JSON_PARSER_ERROR" => {
                format!("{field} has another type in the org than the mapping expects.")
            }
            "MALFORMED_QUERY" | "MALFORMED_SEARCH" | "INVALID_QUERY_FILTER_OPERATOR" => {
                "The org does not understand the query: a field it names may be missing there."
                    .to_owned()
            }
            "MALFORMED_ID" | "INVALID_CROSS_REFERENCE_KEY" => {
                "The id names no record the integration user can use.".to_owned()
            }
            "INACTIVE_OWNER_OR_USER" => {
                "The new owner is not active in Salesforce: route to somebody else.".to_owned()
            }
            // A lock passes, also when it was an automation that ran into it.
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" if self.class == Class::Transient => {
                return None;
            }
            "CANNOT_EXECUTE_FLOW_TRIGGER" | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" => {
                "An automation of the org (trigger or flow) failed: its owner must mend it, then \
                 retry."
                    .to_owned()
            }
            "APEX_ERROR" if self.class == Class::Permanent => {
                "The org's Apex class failed and saved nothing: its author must mend it, then retry."
                    .to_owned()
            }
            "APEX_REFUSED" => {
                "The org's Apex class refused it: correct what it complains of, then retry.".into()
            }
            "DUPLICATES_DETECTED" => self.about_duplicates(),
            "SEVERAL_MATCHES" => "Choose the one who called, or none of them.".to_owned(),
            "DUPLICATE_VALUE" => match self.duplicates.first() {
                Some(known) => format!("{} has this value already.", known.id),
                None => "Another record has this value already.".to_owned(),
            },
            "CANNOT_UPDATE_CONVERTED_LEAD" => {
                "The Lead was converted; the Contact it became is updated instead.".to_owned()
            }
            "INSUFFICIENT_ACCESS_OR_READONLY"
            | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
            | "INSUFFICIENT_ACCESS" => {
                "The integration user lacks the permission: grant it in the permission set.".into()
            }
            "NOT_FOUND" => "The object, the external id field or the API version is not there for \
                the integration user: check the field's name and permissions."
                .to_owned(),
            "ENTITY_IS_DELETED" => "Somebody deleted the record in Salesforce: discard the write, \
                or undelete the record and retry."
                .to_owned(),
            "HTTP_300" => "Several records have one external id: make the field unique and merge \
                them."
                .to_owned(),
            "STORAGE_LIMIT_EXCEEDED" => "The org's storage is full: free or buy some.".to_owned(),
            "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => {
                "This edition or user has no API: enable it (permission \"API Enabled\").".into()
            }
            _ => return self.by_oauth_error(),
        };
        Some(advice)
    }

    fn about_duplicates(&self) -> String {
        let known: Vec<String> = self
            .duplicates
            .iter()
            .map(|duplicate| format!("{} {}", duplicate.sobject, duplicate.id))
            .collect();
        let known = if known.is_empty() { "another record".to_owned() } else { known.join(", ") };
        let way =
            if self.may_save_anyway { "or save it all the same" } else { "the rule blocks saving" };
        format!("A duplicate rule holds it to be {known}: use that record, {way}.")
    }

    /// OAuth's errors, by the setting to change.
    fn by_oauth_error(&self) -> Option<String> {
        let description = self.message.to_ascii_lowercase();
        let says = |part: &str| description.contains(part);
        let advice = match self.code.as_str() {
            "invalid_grant" if says("not supported on this domain") => {
                "Set login_url to the org's My Domain host, https://COMPANY.my.salesforce.com."
            }
            "invalid_grant" if says("no client credentials user") => {
                "Set the Run As user in the External Client App's client credentials policy."
            }
            "invalid_grant" if says("approved") => {
                "Admit the integration user: in the app's policies choose \"Admin approved users \
                 are pre-authorized\" and assign its permission set."
            }
            "invalid_grant" if says("assertion") || says("audience") => {
                "Check the certificate, username and login_url of the jwt flow."
            }
            "invalid_grant" if says("authentication failure") => {
                "The user was deactivated or their password changed: log in again."
            }
            "invalid_grant" if self.class == Class::OrgWide(Trouble::Reauthorise) => {
                "The refresh token was revoked, replaced or has expired: log in again with \
                 `callboard login` (or set refresh_token)."
            }
            "invalid_client_id" => "Check client_id: Salesforce does not know this consumer key.",
            "invalid_client" => "Check client_id and client_secret.",
            "unsupported_grant_type" => "Enable the flow in the External Client App's settings.",
            "inactive_user" | "inactive_org" => "The user or the org is not active.",
            "WRONG_ORG" => {
                "These credentials belong to another org: check login_url and client_id; if the \
                 change is meant, set org_id to the new org, or give it a data folder of its own."
            }
            "SECRET" | "TOKEN_STORE" | "DPOP" => return Some(self.message.clone()),
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

//! The records the org comes with, from `seed.toml`.

use std::collections::HashMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Org,
    records::Row,
    validate::{coerce, datetime},
};

/// Objects in the order in which they refer to each other.
const ORDER: &[&str] = &[
    "User",
    "Profile",
    "PermissionSet",
    "Group",
    "QueueSobject",
    "AssignmentRule",
    "LeadStatus",
    "OpportunityStage",
    "Account",
    "Contact",
    "Opportunity",
    "Lead",
];

impl Org {
    /// Fills the empty org.
    pub(super) fn seed_records(&mut self) {
        #[expect(clippy::expect_used, reason = "the file is part of the program and tested")]
        let seed: HashMap<String, Vec<Row>> =
            toml::from_str(include_str!("seed.toml")).expect("seed.toml is well formed");
        let mut refs: HashMap<String, String> = HashMap::new();
        for object in ORDER {
            for record in seed.get(*object).into_iter().flatten() {
                let id = self.seed_record(object, record, &refs);
                if let Some(name) = record.get("ref").and_then(Value::as_str) {
                    refs.insert(format!("@{name}"), id);
                }
            }
        }
        self.lead_queue = refs.get("@incoming").cloned().unwrap_or_default();
        self.seed_organization();
        self.seed_custom_fields();
        self.tables.commit();
    }

    /// Writes one record past all rules: it was here before they were.
    fn seed_record(
        &mut self,
        object: &str,
        record: &Row,
        refs: &HashMap<String, String>,
    ) -> String {
        #[expect(clippy::expect_used, reason = "ORDER names objects of the schema")]
        let object = self.schema.object(object).expect("an object of the schema").clone();
        let id = self.tables.next_id(&object.prefix, &self.instance);
        if object.name == "User" && self.user_id.is_empty() {
            self.user_id.clone_from(&id);
        }
        let mut row = self.blank(&object);
        let mut given = Vec::new();
        for (name, value) in record {
            let value = value
                .as_str()
                .and_then(|text| refs.get(text))
                .map_or(value.clone(), |id| json!(id));
            if let Some(field) = object.field(name)
                && let Ok(value) = coerce(field, &value)
            {
                row.insert(field.name.clone(), value);
                given.push(field.name.clone());
            }
        }
        if object.name == "User" && row["Username"].is_null() {
            row.insert("Username".to_owned(), json!(self.options.username));
        }
        if let Some(name) = row.get("ApiName").cloned() {
            row.insert("MasterLabel".to_owned(), name);
        }
        let days = record.get("days_ago").and_then(Value::as_i64).unwrap_or(900);
        let made = self.now().saturating_sub(SignedDuration::from_hours(24 * days));
        let made = json!(datetime(made.unwrap_or(jiff::Timestamp::UNIX_EPOCH)));
        for moment in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            row.insert(moment.to_owned(), made.clone());
        }
        row.insert("Id".to_owned(), json!(id));
        self.derive(&object, &mut row, &given);
        self.tables.put(&object.name, &id, row);
        id
    }

    fn seed_custom_fields(&mut self) {
        let custom = |object: &super::schema::Object| {
            let fields = object.fields().filter(|field| field.is_custom());
            fields.map(|field| (object.name.clone(), field.name.clone())).collect::<Vec<_>>()
        };
        let fields: Vec<(String, String)> = self.schema.objects().flat_map(custom).collect();
        for (object, field) in fields {
            self.register_custom_field(&object, &field);
        }
    }

    fn seed_organization(&mut self) {
        let Some(object) = self.schema.object("Organization").cloned() else { return };
        let mut row = self.blank(&object);
        row.insert("Id".to_owned(), json!(self.org_id));
        row.insert("Name".to_owned(), json!("Bluebird Home Services (stand-in)"));
        row.insert("OrganizationType".to_owned(), json!("Developer Edition"));
        row.insert("InstanceName".to_owned(), json!("SBX0"));
        row.insert("IsSandbox".to_owned(), json!(true));
        let id = self.org_id.clone();
        self.tables.put("Organization", &id, row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::org::Options;

    #[test]
    fn every_field_of_the_seed_arrives() {
        let org = Org::new(Options::default(), String::new());
        let seed: HashMap<String, Vec<Row>> = toml::from_str(include_str!("seed.toml")).unwrap();
        assert_eq!(seed.len(), ORDER.len());
        for (object, records) in seed {
            let held: Vec<&Row> = org.tables.of(&object).collect();
            assert_eq!(held.len(), records.len(), "{object}");
            for (record, row) in records.iter().zip(held) {
                for (name, value) in record {
                    if name == "ref" || name == "days_ago" {
                        continue;
                    }
                    assert!(
                        row.get(name).is_some_and(|held| !held.is_null()),
                        "{object}.{name}={value}"
                    );
                    assert_ne!(row[name].as_str().map(|text| text.starts_with('@')), Some(true));
                }
            }
        }
    }

    #[test]
    fn one_seed_makes_one_org() {
        let ids = |seed| {
            let org = Org::new(Options { seed, ..Options::default() }, String::new());
            org.tables.of("Contact").map(|row| row["Id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(3), ids(3));
        assert_ne!(ids(3), ids(4));
    }
}

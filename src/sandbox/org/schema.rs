//! The objects of the org and their fields: read from `schema.toml`, grown by the Tooling API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Id,
    String,
    Textarea,
    Phone,
    Email,
    Url,
    Combobox,
    Picklist,
    Reference,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    Datetime,
}

impl Kind {
    /// The name describe uses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::String => "string",
            Self::Textarea => "textarea",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Url => "url",
            Self::Combobox => "combobox",
            Self::Picklist => "picklist",
            Self::Reference => "reference",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::Datetime => "datetime",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Currency | Self::Percent)
    }
}

/// One field of an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    #[serde(skip)]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub length: usize,
    #[serde(default)]
    pub precision: usize,
    #[serde(default)]
    pub scale: usize,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub create_only: bool,
    #[serde(default)]
    pub external_id: bool,
    #[serde(default)]
    pub unique: bool,
    #[serde(default)]
    pub id_lookup: bool,
    #[serde(default)]
    pub restricted: bool,
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub to: Vec<String>,
    #[serde(default)]
    pub relationship: Option<String>,
    #[serde(default)]
    pub default: Option<Value>,
    /// Whether field-level security shows it to the running user.
    #[serde(default = "yes")]
    pub visible: bool,
    /// Whether it lets that user change it.
    #[serde(default = "yes")]
    pub editable: bool,
    /// Whether permission sets decide about it; other fields everybody sees.
    #[serde(skip)]
    pub governed: bool,
    /// The `00N…` id of a custom field.
    #[serde(skip)]
    pub durable_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl Field {
    pub(super) fn plain(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            label: spaced(name),
            length: 0,
            precision: 0,
            scale: 0,
            required: false,
            read_only: false,
            create_only: false,
            external_id: false,
            unique: false,
            id_lookup: false,
            restricted: false,
            values: Vec::new(),
            to: Vec::new(),
            relationship: None,
            default: None,
            visible: true,
            editable: true,
            governed: false,
            durable_id: None,
        }
    }

    pub(super) fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Whether a value finds a record: what an upsert may name.
    pub(super) fn finds_records(&self) -> bool {
        self.external_id || self.unique || self.id_lookup || self.kind == Kind::Id
    }

    /// Long text can't stand in a WHERE.
    pub(super) fn is_filterable(&self) -> bool {
        !(self.kind == Kind::Textarea && self.length > 255)
    }
}

/// One object.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    #[serde(skip)]
    pub name: String,
    pub prefix: String,
    #[serde(default)]
    pub label: String,
    pub plural: String,
    /// Name is made of FirstName and LastName.
    #[serde(default)]
    pub person: bool,
    /// Set up by admins: can be read only.
    #[serde(default)]
    pub setup: bool,
    /// Known to the Tooling API alone.
    #[serde(default)]
    pub tooling: bool,
    #[serde(rename = "fields")]
    named: BTreeMap<String, Field>,
    #[serde(skip)]
    by_lower: BTreeMap<String, Field>,
}

impl Object {
    /// The field of that name (in any case) that the running user can see.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.any_field(name).filter(|field| field.visible)
    }

    /// The same, seen or not.
    pub(super) fn any_field(&self, name: &str) -> Option<&Field> {
        self.by_lower.get(&name.to_ascii_lowercase())
    }

    pub(super) fn any_field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.by_lower.get_mut(&name.to_ascii_lowercase())
    }

    /// All fields the running user can see.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.by_lower.values().filter(|field| field.visible)
    }

    /// The reference whose relationship has that name: `Account` of a Contact.
    pub(super) fn parent(&self, relationship: &str) -> Option<&Field> {
        self.fields().find(|field| {
            field.relationship.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(relationship))
        })
    }

    pub(super) fn all_fields_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.by_lower.values_mut()
    }

    pub(super) fn add(&mut self, field: Field) {
        self.by_lower.insert(field.name.to_ascii_lowercase(), field);
    }
}

/// All objects, by lower-case name.
#[derive(Clone, Debug)]
pub(super) struct Schema(BTreeMap<String, Object>);

impl Schema {
    /// The objects the org comes with, with or without custom fields.
    pub(super) fn standard(with_custom_fields: bool) -> Self {
        #[expect(clippy::expect_used, reason = "the file is part of the program and tested")]
        let objects: BTreeMap<String, Object> =
            toml::from_str(include_str!("schema.toml")).expect("schema.toml is well formed");
        let complete = objects.into_iter().map(|(name, mut object)| {
            if object.label.is_empty() {
                object.label.clone_from(&name);
            }
            for (field_name, mut field) in std::mem::take(&mut object.named) {
                if field.label.is_empty() {
                    field.label = label_of(&field_name);
                }
                field.name = field_name;
                if with_custom_fields || !field.is_custom() {
                    object.add(field);
                }
            }
            system_fields().into_iter().for_each(|field| object.add(field));
            object.name.clone_from(&name);
            (name.to_ascii_lowercase(), object)
        });
        Self(complete.collect())
    }

    pub(super) fn object(&self, name: &str) -> Option<&Object> {
        self.0.get(&name.to_ascii_lowercase())
    }

    pub(super) fn object_mut(&mut self, name: &str) -> Option<&mut Object> {
        self.0.get_mut(&name.to_ascii_lowercase())
    }

    /// The object whose records' ids start like `id`.
    pub(super) fn object_of(&self, id: &str) -> Option<&Object> {
        self.0.values().find(|object| id.starts_with(&object.prefix))
    }

    pub(super) fn objects_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.0.values_mut()
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.0.values()
    }
}

fn system_fields() -> Vec<Field> {
    let read_only =
        |name: &str, kind| Field { read_only: true, required: true, ..Field::plain(name, kind) };
    let user = |name: &str, relationship: &str| Field {
        to: vec!["User".to_owned()],
        relationship: Some(relationship.to_owned()),
        ..read_only(name, Kind::Reference)
    };
    vec![
        Field { length: 18, ..read_only("Id", Kind::Id) },
        read_only("IsDeleted", Kind::Boolean),
        read_only("CreatedDate", Kind::Datetime),
        user("CreatedById", "CreatedBy"),
        read_only("LastModifiedDate", Kind::Datetime),
        user("LastModifiedById", "LastModifiedBy"),
        read_only("SystemModstamp", Kind::Datetime),
    ]
}

/// The label a standard field has: `LastName` is "Last Name", `AccountId` "Account ID".
fn label_of(name: &str) -> String {
    spaced(name.trim_end_matches("__c")).replace(" Id", " ID")
}

fn spaced(name: &str) -> String {
    let mut label = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for letter in name.replace('_', " ").chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            label.push(' ');
        }
        label.push(letter);
        before = letter;
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_names_objects_that_exist() {
        let schema = Schema::standard(true);
        for object in schema.objects() {
            for field in object.fields().filter(|field| field.kind == Kind::Reference) {
                assert!(field.relationship.is_some(), "{}.{}", object.name, field.name);
                assert!(!field.to.is_empty(), "{}.{}", object.name, field.name);
                for target in &field.to {
                    assert!(schema.object(target).is_some(), "{target}");
                }
            }
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_labels_read_like_words() {
        let schema = Schema::standard(true);
        let lead = schema.object("LEAD").unwrap();
        assert_eq!(lead.field("lastname").unwrap().label, "Last Name");
        assert_eq!(lead.field("OwnerId").unwrap().label, "Owner ID");
        assert_eq!(lead.field("Urgency_Level__c").unwrap().label, "Urgency Level");
    }
}

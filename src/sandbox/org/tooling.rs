//! The Tooling API's custom fields, and field-level security: a field nobody was given doesn't
//! show.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    records::{Row, is_deleted, text},
    rest::fields_of,
    schema::{Field, Kind},
    wire::Request,
};

impl Org {
    /// `/tooling/*`
    pub(super) fn tooling(
        &mut self,
        version: u32,
        rest: &[&str],
        request: &Request,
    ) -> Result<Answer, Refusal> {
        match (request.method.as_str(), rest) {
            ("GET", ["query"]) => self.query(version, false, true, request),
            ("GET", ["query", cursor]) => self.query_more(version, cursor),
            ("POST", ["sobjects", "CustomField"]) => self.create_custom_field(&request.body),
            _ => Err(Refusal::not_found()),
        }
    }

    fn create_custom_field(&mut self, body: &[u8]) -> Result<Answer, Refusal> {
        let request = fields_of(body)?;
        let metadata = request.get("Metadata").filter(|value| value.is_object());
        let metadata = metadata.ok_or_else(|| invalid("Metadata is required", "Metadata"))?;
        let full_name = text(&request, "FullName");
        let (object, name) = full_name
            .split_once('.')
            .filter(|(_, name)| is_developer_name(name))
            .ok_or_else(|| invalid("FullName must be Object.Field__c", "FullName"))?;
        // Fields of Task and Event are made on Activity.
        let target = match object {
            "Activity" => "Task",
            "Task" | "Event" => {
                return Err(invalid(
                    &format!(
                        "Entity Enumeration Or ID: bad value for restricted picklist field: {object}"
                    ),
                    "FullName",
                ));
            }
            other => other,
        };
        let known = self.object(target)?;
        if known.any_field(name).is_some() {
            let message = format!(
                "There is already a field named {} on {object}.",
                name.trim_end_matches("__c")
            );
            return Err(Refusal::saving("DUPLICATE_DEVELOPER_NAME", message, &["DeveloperName"]));
        }
        let target = known.name.clone();
        let field = Field { name: name.to_owned(), ..field_of(metadata)? };
        let id = self.add_custom_field(&target, field);
        Ok(Answer::json(
            201,
            json!({ "id": id, "success": true, "errors": [], "warnings": [], "infos": [] }),
        ))
    }

    /// Adds a field that nobody may see yet; returns its id.
    fn add_custom_field(&mut self, object: &str, field: Field) -> String {
        let name = field.name.clone();
        let finds = field.finds_records();
        let flag = field.kind == Kind::Boolean;
        if self.options.person_accounts && object == "Contact" {
            self.schema.show_on_account(&field);
        }
        if let Some(object) = self.schema.object_mut(object) {
            object.add(Field { governed: true, visible: false, ..field });
        }
        if finds {
            self.tables.index(object, &name);
        }
        if flag {
            let rows: Vec<Row> = self.tables.of(object).cloned().collect();
            for mut row in rows {
                let id = text(&row, "Id").to_owned();
                row.insert(name.clone(), json!(false));
                self.tables.put(object, &id, row);
            }
        }
        self.schema_changed = self.now();
        self.register_custom_field(object, &name)
    }

    /// Lets the Tooling API find a field and Web-to-Lead name it by its id.
    pub(super) fn register_custom_field(&mut self, object: &str, field: &str) -> String {
        let id = self.tables.next_id("00N", &self.instance);
        if let Some(field) = self.schema.object_mut(object).and_then(|o| o.any_field_mut(field)) {
            field.durable_id = Some(id.clone());
        }
        if let Some(custom_field) = self.schema.object("CustomField").cloned() {
            let mut row = self.blank(&custom_field);
            let table = if object == "Task" { "Activity" } else { object };
            row.insert("Id".to_owned(), json!(id));
            row.insert("DeveloperName".to_owned(), json!(field.trim_end_matches("__c")));
            row.insert("TableEnumOrId".to_owned(), json!(table));
            self.tables.put("CustomField", &id, row);
        }
        id
    }

    /// Takes a field out of everybody's sight until a permission set shows it again; false when
    /// there is none.
    pub(super) fn hide_field(&mut self, object: &str, field: &str) -> bool {
        let found = self.schema.object_mut(object).and_then(|object| object.any_field_mut(field));
        let Some(field) = found else { return false };
        field.governed = true;
        self.refresh_security();
        true
    }

    /// Works out anew which governed fields the running user sees and may change.
    pub(super) fn refresh_security(&mut self) {
        let assigned: Vec<&str> = self
            .tables
            .of("PermissionSetAssignment")
            .filter(|row| !is_deleted(row) && text(row, "AssigneeId") == self.user_id)
            .map(|row| text(row, "PermissionSetId"))
            .collect();
        let mine = |id: &str| {
            let of_profile = self.tables.get("PermissionSet", id);
            assigned.contains(&id) || of_profile.is_some_and(|set| set["IsOwnedByProfile"] == true)
        };
        let granted: Vec<(String, bool, bool)> = self
            .tables
            .of("FieldPermissions")
            .filter(|row| !is_deleted(row) && mine(text(row, "ParentId")))
            .map(|row| {
                let flag = |name: &str| row.get(name) == Some(&Value::Bool(true));
                (
                    text(row, "Field").to_lowercase(),
                    flag("PermissionsRead"),
                    flag("PermissionsEdit"),
                )
            })
            .collect();
        for object in self.schema.objects_mut() {
            let prefix = object.name.to_lowercase();
            for field in object.all_fields_mut().filter(|field| field.governed) {
                let name = format!("{prefix}.{}", field.name.to_lowercase());
                let of_field = || granted.iter().filter(|(field, ..)| *field == name);
                field.visible = of_field().any(|(_, read, edit)| *read || *edit);
                field.editable = of_field().any(|(_, _, edit)| *edit);
            }
        }
        self.schema_changed = self.now();
    }

    /// Of these there is one of a kind.
    pub(super) fn check_setup_unique(
        &self,
        object: &str,
        id: &str,
        row: &Row,
    ) -> Result<(), Refusal> {
        let by: &[&str] = match object {
            "PermissionSet" => &["Name"],
            "PermissionSetAssignment" => &["PermissionSetId", "AssigneeId"],
            "FieldPermissions" => &["ParentId", "Field"],
            _ => return Ok(()),
        };
        let same = |other: &&Row| {
            by.iter().all(|name| text(other, name).eq_ignore_ascii_case(text(row, name)))
        };
        let mut others = self.tables.of(object).filter(|other| !is_deleted(other));
        if others.any(|other| text(other, "Id") != id && same(&other)) {
            return Err(match object {
                "PermissionSet" => Refusal::saving(
                    "DUPLICATE_DEVELOPER_NAME",
                    "The developer name you entered is already in use.",
                    &["Name"],
                ),
                _ => Refusal::saving(
                    "DUPLICATE_VALUE",
                    "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
                    &[],
                ),
            });
        }
        Ok(())
    }

    /// What a field permission may name.
    pub(super) fn check_field_permission(&self, row: &Row) -> Result<(), Refusal> {
        let (object, name) = text(row, "Field").split_once('.').unwrap_or_default();
        let field = self.schema.object(object).and_then(|object| object.any_field(name));
        let flag = |name: &str| row.get(name) == Some(&Value::Bool(true));
        if flag("PermissionsEdit") && !flag("PermissionsRead") {
            return Err(invalid(
                "Edit access to a field depends on read access",
                "PermissionsEdit",
            ));
        }
        match field {
            Some(field) if object == text(row, "SobjectType") && !field.required => Ok(()),
            _ => Err(Refusal::saving(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                format!(
                    "Field Name: bad value for restricted picklist field: {}",
                    text(row, "Field")
                ),
                &["Field"],
            )),
        }
    }
}

fn invalid(message: &str, field: &str) -> Refusal {
    Refusal::saving("FIELD_INTEGRITY_EXCEPTION", message, &[field])
}

/// Whether it is a name with the suffix of custom fields: letters, digits and single underscores, a
/// letter first, no underscore last, 40 characters at most.
fn is_developer_name(name: &str) -> bool {
    name.strip_suffix("__c").is_some_and(|name| {
        (1..=40).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !name.ends_with('_')
            && !name.contains("__")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// A field as its metadata describes it, or what is missing.
fn field_of(metadata: &Value) -> Result<Field, Refusal> {
    let number = |key: &str| {
        let value = metadata.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        value.ok_or_else(|| {
            invalid(
                &format!("Must specify '{key}' for a CustomField of type {}", type_name(metadata)),
                key,
            )
        })
    };
    let flag = |key: &str| metadata.get(key) == Some(&Value::Bool(true));
    let within = |key: &str, range: std::ops::RangeInclusive<usize>| match number(key)? {
        value if range.contains(&value) => Ok(value),
        _ => {
            let (least, most) = (range.start(), range.end());
            Err(invalid(&format!("{key} must be between {least} and {most}"), key))
        }
    };
    let (kind, length) = match type_name(metadata) {
        "Text" => (Kind::String, within("length", 1..=255)?),
        "TextArea" => (Kind::Textarea, 255),
        "LongTextArea" => {
            within("visibleLines", 2..=50)?;
            (Kind::Textarea, within("length", 256..=131_072)?)
        }
        "Url" => (Kind::Url, 255),
        "Email" => (Kind::Email, 80),
        "Phone" => (Kind::Phone, 40),
        "Date" => (Kind::Date, 0),
        "DateTime" => (Kind::Datetime, 0),
        "Number" => (Kind::Double, 0),
        "Currency" => (Kind::Currency, 0),
        "Percent" => (Kind::Percent, 0),
        "Checkbox" => (Kind::Boolean, 0),
        "Picklist" => (Kind::Picklist, 255),
        other => {
            return Err(invalid(&format!("{other} is no type of a custom field here"), "type"));
        }
    };
    if kind == Kind::Boolean && metadata.get("defaultValue").is_none_or(Value::is_null) {
        return Err(invalid(
            "Must specify 'defaultValue' for a CustomField of type Checkbox",
            "defaultValue",
        ));
    }
    let mut field = Field::plain("", kind);
    field.length = length;
    let label = metadata.get("label").and_then(Value::as_str).unwrap_or_default();
    if label.is_empty() {
        return Err(invalid("Must specify a non-empty label for the CustomField", "label"));
    }
    if label.chars().count() > 40 {
        return Err(invalid("The label is longer than 40 characters", "label"));
    }
    label.clone_into(&mut field.label);
    if kind.is_number() {
        field.precision = within("precision", 1..=18)?;
        field.scale = within("scale", 0..=field.precision)?;
    }
    field.external_id = flag("externalId");
    field.unique = flag("unique");
    field.required = flag("required");
    let can_identify =
        matches!(kind, Kind::String | Kind::Email) || type_name(metadata) == "Number";
    if (field.external_id || field.unique) && !can_identify {
        let kind = type_name(metadata);
        return Err(invalid(
            &format!("A {kind} field can't be unique or an external ID"),
            "externalId",
        ));
    }
    if kind == Kind::Picklist {
        let set = metadata.get("valueSet").ok_or_else(|| {
            invalid("Must specify 'valueSet' for a CustomField of type Picklist", "valueSet")
        })?;
        field.restricted = set.get("restricted") == Some(&Value::Bool(true));
        let values = set["valueSetDefinition"]["value"].as_array().into_iter().flatten();
        field.values =
            values.filter_map(|value| value["fullName"].as_str().map(str::to_owned)).collect();
    }
    Ok(field)
}

fn type_name(metadata: &Value) -> &str {
    metadata.get("type").and_then(Value::as_str).unwrap_or("(none)")
}

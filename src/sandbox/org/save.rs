//! Saving a record: the order of execution, from the request's fields to the committed row.

use serde_json::{Value, json};

use super::{
    FaultKind, Org,
    answer::Refusal,
    ids,
    person::is_person,
    records::{Row, is_deleted, text},
    schema::{Field, Kind, Object},
    validate::{bad_picklist_value, coerce, datetime, wrong_id},
    wire::Request,
};

/// What the request's headers say about saving.
#[derive(Clone, Debug)]
pub(super) struct Saving {
    /// Whether assignment rules run: TRUE unless told otherwise.
    pub assign: bool,
    /// `allowSave` of the duplicate rule header.
    pub allow_duplicates: bool,
    /// `includeRecordDetails` of the same.
    pub duplicate_details: bool,
}

impl Saving {
    pub(super) fn of(request: &Request) -> Self {
        let assign = request.header("sforce-auto-assign");
        let duplicates = request.header("sforce-duplicate-rule-header").unwrap_or_default();
        let says = |key: &str| {
            duplicates.split([';', ',']).filter_map(|part| part.split_once('=')).any(
                |(name, value)| {
                    name.trim().eq_ignore_ascii_case(key)
                        && value.trim().eq_ignore_ascii_case("true")
                },
            )
        };
        Self {
            assign: !assign.is_some_and(|value| value.trim().eq_ignore_ascii_case("false")),
            allow_duplicates: says("allowSave"),
            duplicate_details: says("includeRecordDetails"),
        }
    }
}

impl Org {
    /// The object of that name, or the refusal of one that isn't there.
    pub(super) fn object(&self, name: &str) -> Result<&Object, Refusal> {
        self.schema.object(name).filter(|object| !object.tooling).ok_or_else(Refusal::not_found)
    }

    /// The live record that `id` (of either length) names.
    pub(super) fn record(&self, object: &Object, id: &str) -> Result<(String, &Row), Refusal> {
        let unknown = || {
            Refusal::new(
                "NOT_FOUND",
                format!("Provided external ID field does not exist or is not accessible: {id}"),
            )
        };
        let id = ids::read(id).ok_or_else(unknown)?;
        if !id.starts_with(&object.prefix) {
            let message = format!("{} ID: id value of incorrect type: {id}", object.label);
            return Err(Refusal::saving("MALFORMED_ID", message, &["Id"]));
        }
        match self.tables.get(&object.name, &id) {
            Some(row) if is_deleted(row) => {
                Err(Refusal::saving("ENTITY_IS_DELETED", "entity is deleted", &[]))
            }
            Some(row) => Ok((id, row)),
            None => Err(Refusal::not_found()),
        }
    }

    /// Creates a record and returns its id.
    pub(super) fn create(
        &mut self,
        object: &str,
        fields: &Row,
        saving: &Saving,
    ) -> Result<String, Refusal> {
        let object = self.object(object)?.clone();
        if object.setup {
            return Err(not_allowed(&object, "create"));
        }
        let mut row = self.blank(&object);
        let given = self.apply(&object, fields, &mut row, true)?;
        self.check_person(&object, &row, &given)?;
        let id = self.tables.next_id(&object.prefix, &self.instance);
        row.insert("Id".to_owned(), json!(id));
        self.save(&object, &id, row, &given, None, saving)?;
        Ok(id)
    }

    /// Changes a record.
    pub(super) fn update(
        &mut self,
        object: &str,
        id: &str,
        fields: &Row,
        saving: &Saving,
    ) -> Result<(), Refusal> {
        let object = self.object(object)?.clone();
        if object.setup {
            return Err(not_allowed(&object, "update"));
        }
        let (id, before) = self.record(&object, id)?;
        let before = before.clone();
        let mut row = before.clone();
        let given = self.apply(&object, fields, &mut row, false)?;
        if before.get("IsConverted") == Some(&Value::Bool(true)) {
            return Err(Refusal::saving(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                &[],
            ));
        }
        self.check_person(&object, &row, &given)?;
        self.save(&object, &id, row, &given, Some(&before), saving)
    }

    /// Moves a record to the recycle bin.
    pub(super) fn delete(&mut self, object: &str, id: &str) -> Result<(), Refusal> {
        let object = self.object(object)?.clone();
        let (id, row) = self.record(&object, id)?;
        let mut row = row.clone();
        row.insert("IsDeleted".to_owned(), json!(true));
        self.touch(&mut row);
        self.tables.put(&object.name, &id, row);
        self.security_changed(&object.name);
        Ok(())
    }

    fn security_changed(&mut self, object: &str) {
        if matches!(object, "FieldPermissions" | "PermissionSetAssignment") {
            self.refresh_security();
        }
    }

    /// A record with every field, holding defaults.
    pub(super) fn blank(&self, object: &Object) -> Row {
        let mut row = Row::new();
        for field in object.fields() {
            let value = match (&field.default, field.kind) {
                (Some(Value::String(me)), _) if me == "@me" => json!(self.user_id),
                (Some(value), _) => value.clone(),
                (None, Kind::Boolean) => json!(false),
                (None, _) => Value::Null,
            };
            row.insert(field.name.clone(), value);
        }
        let now = json!(datetime(self.now()));
        for moment in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            row.insert(moment.to_owned(), now.clone());
        }
        for user in ["CreatedById", "LastModifiedById"] {
            row.insert(user.to_owned(), json!(self.user_id));
        }
        row
    }

    pub(super) fn touch(&self, row: &mut Row) {
        let now = json!(datetime(self.now()));
        row.insert("LastModifiedDate".to_owned(), now.clone());
        row.insert("SystemModstamp".to_owned(), now);
        row.insert("LastModifiedById".to_owned(), json!(self.user_id));
    }

    /// Puts the request's fields into the row; returns the names that were given.
    fn apply(
        &self,
        object: &Object,
        fields: &Row,
        row: &mut Row,
        creating: bool,
    ) -> Result<Vec<String>, Refusal> {
        let mut given = Vec::new();
        let mut forbidden = Vec::new();
        for (name, value) in fields {
            if name == "attributes" {
                continue;
            }
            if name.eq_ignore_ascii_case("id") {
                let message = if creating {
                    "cannot specify Id in an insert call"
                } else {
                    "The Id field should not be specified in the sobject data."
                };
                return Err(Refusal::new("INVALID_FIELD", message));
            }
            let Some(field) = object.field(name) else {
                return Err(self.unknown_field(object, name));
            };
            if field.read_only || !field.editable || (field.create_only && !creating) {
                forbidden.push(field.name.as_str());
                continue;
            }
            let value = coerce(field, value)?;
            self.check_reference(object, field, &value)?;
            row.insert(field.name.clone(), value);
            given.push(field.name.clone());
        }
        if forbidden.is_empty() {
            return Ok(given);
        }
        Err(Refusal::saving(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            format!(
                "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
                forbidden.join(", ")
            ),
            &forbidden,
        ))
    }

    fn unknown_field(&self, object: &Object, name: &str) -> Refusal {
        Refusal::new(
            "INVALID_FIELD",
            format!("No such column '{name}' on sobject of type {}", object.name),
        )
    }

    fn check_reference(
        &self,
        object: &Object,
        field: &Field,
        value: &Value,
    ) -> Result<(), Refusal> {
        let (Kind::Reference, Some(id)) = (field.kind, value.as_str()) else { return Ok(()) };
        let target = self.schema.object_of(id).filter(|target| field.to.contains(&target.name));
        let target = target.ok_or_else(|| wrong_id(field, id))?;
        let row = self.tables.get(&target.name, id);
        let row = row.ok_or_else(|| {
            Refusal::saving("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[])
        })?;
        if is_deleted(row) {
            return Err(Refusal::saving("ENTITY_IS_DELETED", "entity is deleted", &[]));
        }
        if field.name == "OwnerId" && row.get("IsActive") == Some(&Value::Bool(false)) {
            let kind = object.label.to_lowercase();
            return Err(Refusal::saving(
                "INACTIVE_OWNER_OR_USER",
                format!("operation performed with inactive user [{id}] as owner of {kind}"),
                &[],
            ));
        }
        if field.name == "OwnerId" && target.name == "Group" && !self.queue_takes(id, &object.name)
        {
            return Err(Refusal::saving(
                "FIELD_INTEGRITY_EXCEPTION",
                format!("{}: Queue not associated with this SObject type", field.label),
                &["OwnerId"],
            ));
        }
        Ok(())
    }

    fn queue_takes(&self, queue: &str, object: &str) -> bool {
        self.tables
            .of("QueueSobject")
            .any(|row| text(row, "QueueId") == queue && text(row, "SobjectType") == object)
    }

    /// The save itself: system checks, rules, duplicates, uniqueness, locks, assignment.
    fn save(
        &mut self,
        object: &Object,
        id: &str,
        mut row: Row,
        given: &[String],
        before: Option<&Row>,
        saving: &Saving,
    ) -> Result<(), Refusal> {
        self.derive(object, &mut row, given);
        check_required(object, &row)?;
        check_activity(object, &row)?;
        self.strike_rules(object, &row)?;
        self.strike_duplicates(object, id, &row, given, saving)?;
        self.check_unique(object, id, &row)?;
        self.strike_locks(object, id)?;
        if saving.assign && object.name == "Lead" {
            row.insert("OwnerId".to_owned(), json!(self.lead_queue));
        }
        if before.is_some() {
            self.touch(&mut row);
        }
        let contact = row.get("ContactId").cloned().filter(Value::is_string);
        if object.name == "FieldPermissions" {
            self.check_field_permission(&row)?;
        }
        self.check_setup_unique(&object.name, id, &row)?;
        self.tables.put(&object.name, id, row);
        self.security_changed(&object.name);
        if object.name == "Account" {
            self.mirror_person(id);
        }
        match (object.name.as_str(), contact, before) {
            ("Opportunity", Some(contact), None) => self.add_primary_role(id, &contact, saving),
            _ => Ok(()),
        }
    }

    /// `ContactId` of a new Opportunity makes its primary contact role.
    fn add_primary_role(
        &mut self,
        id: &str,
        contact: &Value,
        saving: &Saving,
    ) -> Result<(), Refusal> {
        let role = json!({ "OpportunityId": id, "ContactId": contact, "IsPrimary": true });
        let role = role.as_object().cloned().unwrap_or_default();
        self.create("OpportunityContactRole", &role, saving).map(|_| ())
    }

    /// The fields that follow from others.
    pub(super) fn derive(&self, object: &Object, row: &mut Row, given: &[String]) {
        if object.name == "Account" && is_person(row) {
            row.insert("IsPersonAccount".to_owned(), json!(true));
        }
        if object.person || object.name == "Account" && is_person(row) {
            let name = format!("{} {}", text(row, "FirstName"), text(row, "LastName"));
            row.insert("Name".to_owned(), json!(name.trim()));
        }
        if object.name == "Opportunity" {
            let stage = text(row, "StageName").to_owned();
            let stage = self.tables.of("OpportunityStage").find(|s| text(s, "ApiName") == stage);
            let of_stage = |field: &str| stage.and_then(|stage| stage.get(field)).cloned();
            for flag in ["IsClosed", "IsWon"] {
                row.insert(flag.to_owned(), of_stage(flag).unwrap_or(json!(false)));
            }
            let has = |field: &str| given.iter().any(|name| name == field);
            if has("StageName")
                && !has("Probability")
                && let Some(probability) = of_stage("DefaultProbability")
            {
                row.insert("Probability".to_owned(), probability);
            }
        }
        if object.name == "Task" {
            let closed = text(row, "Status") == "Completed";
            let high = text(row, "Priority") == "High";
            row.insert("IsClosed".to_owned(), json!(closed));
            row.insert("IsHighPriority".to_owned(), json!(high));
        }
    }

    /// Validation rules, restricted picklists and refusals that were set as faults.
    fn strike_rules(&mut self, object: &Object, row: &Row) -> Result<(), Refusal> {
        let now = self.now();
        let value = |field: &str| {
            object.field(field).and_then(|field| row.get(&field.name)).unwrap_or(&Value::Null)
        };
        let fires = |kind: &FaultKind| match kind {
            FaultKind::ValidationRule { field, when: Some(when), .. } => when.holds(value(field)),
            FaultKind::ValidationRule { field, when: None, .. } => !value(field).is_null(),
            FaultKind::RestrictedPicklist { field, values } => {
                value(field).as_str().is_some_and(|text| !values.iter().any(|v| v == text))
            }
            FaultKind::Refuse { .. } => true,
            _ => false,
        };
        let struck = self.faults.strike(now, fires, |name| name.eq_ignore_ascii_case(&object.name));
        match struck.into_iter().next() {
            Some(FaultKind::ValidationRule { field, message, .. }) => {
                let field = object.field(&field).map_or(field.as_str(), |field| &field.name);
                Err(Refusal::saving("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, &[field]))
            }
            Some(FaultKind::RestrictedPicklist { field, .. }) => match object.field(&field) {
                Some(known) => {
                    Err(bad_picklist_value(known, value(&field).as_str().unwrap_or_default()))
                }
                None => Ok(()),
            },
            Some(FaultKind::Refuse { code, message, field }) => Err(Refusal {
                code: code.clone().into(),
                fields: Some(field.into_iter().collect()),
                ..Refusal::new("", message.unwrap_or(code))
            }),
            _ => Ok(()),
        }
    }

    fn strike_locks(&mut self, object: &Object, id: &str) -> Result<(), Refusal> {
        let now = self.now();
        let about = |name: &str| name.eq_ignore_ascii_case(&object.name);
        if self.faults.strike(now, |kind| *kind == FaultKind::Lock, about).is_empty() {
            return Ok(());
        }
        let message =
            format!("unable to obtain exclusive access to this record or 1 records: {id}");
        Err(Refusal::saving("UNABLE_TO_LOCK_ROW", message, &[]))
    }

    fn check_unique(&self, object: &Object, id: &str, row: &Row) -> Result<(), Refusal> {
        for field in object.fields().filter(|field| field.unique) {
            let value = text(row, &field.name);
            if value.is_empty() {
                continue;
            }
            let others = self.tables.find(&object.name, &field.name, value);
            if let Some(other) = others.iter().find(|other| *other != id) {
                let message = format!(
                    "duplicate value found: {} duplicates value on record with id: {other}",
                    field.name
                );
                return Err(Refusal::saving("DUPLICATE_VALUE", message, &[]));
            }
        }
        Ok(())
    }
}

fn not_allowed(object: &Object, verb: &str) -> Refusal {
    let message = format!("entity type {} does not support {verb}", object.name);
    Refusal::new("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
}

fn check_required(object: &Object, row: &Row) -> Result<(), Refusal> {
    let missing: Vec<&str> = object
        .fields()
        .filter(|field| field.required && !field.read_only && field.kind != Kind::Boolean)
        .filter(|field| row.get(&field.name).is_none_or(Value::is_null))
        .map(|field| field.name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(Refusal::saving("REQUIRED_FIELD_MISSING", message, &missing))
}

/// A Task about a Lead is about nothing else.
fn check_activity(object: &Object, row: &Row) -> Result<(), Refusal> {
    let lead = text(row, "WhoId").starts_with("00Q");
    if object.name == "Task" && lead && !text(row, "WhatId").is_empty() {
        return Err(Refusal::saving(
            "FIELD_INTEGRITY_EXCEPTION",
            "Related To ID: If the Name is a lead, Related To must be blank",
            &["WhatId"],
        ));
    }
    Ok(())
}

//! Sets an org up for what planning writes: custom fields, and a permission set that lets the
//! integration user see and change them. Doing it twice does nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    plan::{self, Kind, Mapped},
    salesforce::{Failure, Fields, Options, Org, RecordId, text_literal},
};

/// The permission set's API name.
pub const PERMISSION_SET: &str = "Callboard";

/// One thing that is missing in the org.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A custom field.
    Field {
        /// `Lead.Urgency_Level__c`; fields of Task are made on Activity.
        full_name: String,
        /// As the Tooling API takes it.
        metadata: Value,
    },
    /// The permission set.
    PermissionSet,
    /// The right to see and change a field.
    Permission {
        /// `Lead`.
        sobject: String,
        /// `Urgency_Level__c`.
        field: String,
        /// The record of the right to see it that is there already.
        known: Option<RecordId>,
    },
    /// The permission set for the user.
    Assignment(RecordId),
}

impl Step {
    /// What it does, for people.
    pub fn told(&self) -> String {
        match self {
            Self::Field { full_name, metadata } => {
                let kind = metadata.get("type").and_then(Value::as_str).unwrap_or_default();
                let unique = metadata.get("unique") == Some(&Value::Bool(true));
                let more = if unique { ", external id, unique" } else { "" };
                format!("create the field {full_name} ({kind}{more})")
            }
            Self::PermissionSet => format!("create the permission set {PERMISSION_SET}"),
            Self::Permission { sobject, field, .. } => {
                format!("let {PERMISSION_SET} see and change {sobject}.{field}")
            }
            Self::Assignment(user) => format!("assign {PERMISSION_SET} to the user {user}"),
        }
    }
}

/// What is missing, in the order in which it must be made; and what stands in the way.
#[derive(Debug, Default)]
pub struct Survey {
    /// What to do.
    pub steps: Vec<Step>,
    /// Fields that are there and can't hold what is written: a sentence each.
    pub obstacles: Vec<String>,
    /// Fields that are as they should be.
    pub fine: usize,
    set: Option<RecordId>,
}

/// Looks what is missing for these settings. Reads only. `user` is who writes: the integration
/// user's name in Salesforce; whoever is signed in when none.
///
/// # Errors
/// A [`Failure`] of Salesforce.
pub async fn survey(
    org: &Org,
    settings: &plan::Settings,
    services: &[String],
    user: Option<&str>,
) -> Result<Survey, Failure> {
    let mut survey = Survey::default();
    let wanted: Vec<Mapped> =
        plan::mapped(settings).into_iter().filter(|mapped| mapped.field.ends_with("__c")).collect();
    let sobjects: BTreeSet<&str> = wanted.iter().map(|mapped| mapped.sobject.as_str()).collect();
    let mut visible = BTreeMap::new();
    for sobject in sobjects {
        visible.insert(sobject, org.describe(sobject).await?);
    }
    let hidden = existing(org, &wanted).await?;
    for mapped in &wanted {
        let fields = visible.get(mapped.sobject.as_str()).map(|object| object.fields.as_slice());
        let known = fields
            .unwrap_or_default()
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(&mapped.field));
        let place = format!("{}.{}", mapped.sobject, mapped.field);
        match known {
            Some(field) if !super::doctor::suits(field, mapped.kind) => {
                survey.obstacles.push(format!(
                    "{place} is there as {}; it must be {}, or {} must name another field",
                    field.kind,
                    super::doctor::kind_in_words(mapped.kind),
                    mapped.setting
                ));
            }
            Some(field)
                if mapped.kind == Kind::ExternalId && !(field.external_id && field.unique) =>
            {
                survey.obstacles.push(format!(
                    "{place} is there and is not a unique external id: tick both in Setup"
                ));
            }
            Some(_) => survey.fine += 1,
            None if hidden.contains(&key(mapped)) => {}
            None => survey.steps.push(Step::Field {
                full_name: format!("{}.{}", table(&mapped.sobject), mapped.field),
                metadata: metadata(mapped, settings, services),
            }),
        }
    }
    let user = whose(org, user).await?;
    permissions(org, &wanted, user, &mut survey).await?;
    Ok(survey)
}

/// Fields of tasks belong to Activity.
fn table(sobject: &str) -> &str {
    if matches!(sobject, "Task" | "Event") { "Activity" } else { sobject }
}

fn key(mapped: &Mapped) -> (String, String) {
    let name = mapped.field.trim_end_matches("__c").to_lowercase();
    (table(&mapped.sobject).to_lowercase(), name)
}

/// The fields that are there, seen or not, as table and name.
async fn existing(org: &Org, wanted: &[Mapped]) -> Result<BTreeSet<(String, String)>, Failure> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let names: BTreeSet<String> =
        wanted.iter().map(|mapped| text_literal(mapped.field.trim_end_matches("__c"))).collect();
    let names: Vec<String> = names.into_iter().collect();
    let soql = format!(
        "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField WHERE DeveloperName IN ({})",
        names.join(", ")
    );
    let page = org.tooling_query(&soql).await?;
    let text = |row: &Fields, name: &str| {
        row.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase()
    };
    let rows = page.records.iter();
    Ok(rows.map(|row| (text(row, "TableEnumOrId"), text(row, "DeveloperName"))).collect())
}

async fn whose(org: &Org, user: Option<&str>) -> Result<RecordId, Failure> {
    let Some(name) = user else { return org.user_id().await };
    let soql = format!("SELECT Id FROM User WHERE Username = {}", text_literal(name));
    let page = org.query(&soql).await?;
    id_of(page.records.first()).ok_or_else(|| {
        Failure::of_ours("NO_USER", &format!("there is no user {name:?} in the org"))
    })
}

fn id_of(row: Option<&Fields>) -> Option<RecordId> {
    RecordId::parse(row?.get("Id")?.as_str()?)
}

async fn permission_set(org: &Org) -> Result<Option<RecordId>, Failure> {
    let name = text_literal(PERMISSION_SET);
    let page = org.query(&format!("SELECT Id FROM PermissionSet WHERE Name = {name}")).await?;
    Ok(id_of(page.records.first()))
}

/// The permission set's right to a field, whatever it is.
async fn permission(
    org: &Org,
    set: RecordId,
    sobject: &str,
    field: &str,
) -> Result<Option<RecordId>, Failure> {
    let (set, field) = (text_literal(set.as_str()), text_literal(&format!("{sobject}.{field}")));
    let soql =
        format!("SELECT Id FROM FieldPermissions WHERE ParentId = {set} AND Field = {field}");
    Ok(id_of(org.query(&soql).await?.records.first()))
}

/// Whether somebody made it since the survey.
fn is_there(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "DUPLICATE_DEVELOPER_NAME" | "DUPLICATE_VALUE")
}

async fn permissions(
    org: &Org,
    wanted: &[Mapped],
    user: RecordId,
    survey: &mut Survey,
) -> Result<(), Failure> {
    survey.set = permission_set(org).await?;
    let mut granted: BTreeMap<String, (bool, Option<RecordId>)> = BTreeMap::new();
    let mut assigned = false;
    match &survey.set {
        None => survey.steps.push(Step::PermissionSet),
        Some(set) => {
            let set = text_literal(set.as_str());
            let soql = format!(
                "SELECT Id, Field, PermissionsEdit FROM FieldPermissions WHERE ParentId = {set}"
            );
            for row in org.query(&soql).await?.records {
                let field = row.get("Field").and_then(Value::as_str).unwrap_or_default();
                let edit = row.get("PermissionsEdit") == Some(&Value::Bool(true));
                granted.insert(field.to_lowercase(), (edit, id_of(Some(&row))));
            }
            let user = text_literal(user.as_str());
            let soql = format!(
                "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {set} AND \
                 AssigneeId = {user}"
            );
            assigned = !org.query(&soql).await?.records.is_empty();
        }
    }
    for Mapped { sobject, field, .. } in wanted {
        let (edit, known) =
            granted.get(&format!("{sobject}.{field}").to_lowercase()).cloned().unwrap_or_default();
        if !edit {
            let (sobject, field) = (sobject.clone(), field.clone());
            survey.steps.push(Step::Permission { sobject, field, known });
        }
    }
    if !assigned {
        survey.steps.push(Step::Assignment(user));
    }
    Ok(())
}

impl Survey {
    /// Does one step. What somebody else did meanwhile counts as done.
    ///
    /// # Errors
    /// A [`Failure`] of Salesforce.
    pub async fn carry_out(&mut self, org: &Org, step: &Step) -> Result<(), Failure> {
        let set = || {
            let missing = || Failure::of_ours("NO_RECORD", "the permission set is not there");
            self.set.clone().ok_or_else(missing)
        };
        let fields = |value: Value| match value {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        };
        match step {
            Step::Field { full_name, metadata } => {
                match org.create_field(full_name, metadata.clone()).await {
                    Err(failure) if is_there(&failure) => Ok(()),
                    other => other,
                }
            }
            Step::PermissionSet => {
                let row = fields(json!({
                    "Name": PERMISSION_SET,
                    "Label": "Callboard",
                    "Description": "The fields Callboard writes",
                }));
                let made = match org.create("PermissionSet", &row, Options::default()).await {
                    Err(failure) if is_there(&failure) => permission_set(org).await?,
                    made => Some(made?),
                };
                self.set = made;
                Ok(())
            }
            Step::Permission { known: Some(known), .. } => {
                let row = fields(json!({ "PermissionsRead": true, "PermissionsEdit": true }));
                org.update("FieldPermissions", known, &row, Options::default()).await
            }
            Step::Permission { sobject, field, known: None } => {
                let row = fields(json!({
                    "ParentId": set()?.as_str(),
                    "SobjectType": sobject,
                    "Field": format!("{sobject}.{field}"),
                    "PermissionsRead": true,
                    "PermissionsEdit": true,
                }));
                match org.create("FieldPermissions", &row, Options::default()).await {
                    Err(failure) if is_there(&failure) => {
                        let known = permission(org, set()?, sobject, field).await?;
                        let edit =
                            fields(json!({ "PermissionsRead": true, "PermissionsEdit": true }));
                        let id = known.ok_or(failure)?;
                        org.update("FieldPermissions", &id, &edit, Options::default()).await
                    }
                    made => made.map(|_| ()),
                }
            }
            Step::Assignment(user) => {
                let row = fields(json!({
                    "PermissionSetId": set()?.as_str(),
                    "AssigneeId": user.as_str(),
                }));
                match org.create("PermissionSetAssignment", &row, Options::default()).await {
                    Err(failure) if is_there(&failure) => Ok(()),
                    made => made.map(|_| ()),
                }
            }
        }
    }
}

/// The fields of these settings that whoever is signed in can't write (yet).
///
/// # Errors
/// A [`Failure`] of Salesforce.
pub async fn unseen(org: &Org, settings: &plan::Settings) -> Result<Vec<String>, Failure> {
    let mut unseen = Vec::new();
    let mut described: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Mapped { sobject, field, .. } in plan::mapped(settings) {
        if !described.contains_key(&sobject) {
            let object = org.describe(&sobject).await?;
            let writable = object.fields.into_iter().filter(|field| field.updateable);
            let names = writable.map(|field| field.name.to_lowercase()).collect();
            described.insert(sobject.clone(), names);
        }
        let writable = described.get(&sobject).is_some_and(|it| it.contains(&field.to_lowercase()));
        if field.ends_with("__c") && !writable {
            unseen.push(format!("{sobject}.{field}"));
        }
    }
    Ok(unseen)
}

/// A field as the Tooling API wants it described.
fn metadata(mapped: &Mapped, settings: &plan::Settings, services: &[String]) -> Value {
    let label = mapped.field.trim_end_matches("__c").replace('_', " ");
    let mut metadata = match mapped.kind {
        Kind::Number => json!({ "type": "Number", "precision": 18, "scale": 0 }),
        Kind::Currency => json!({ "type": "Currency", "precision": 18, "scale": 2 }),
        Kind::Checkbox => json!({ "type": "Checkbox", "defaultValue": false }),
        Kind::Url => json!({ "type": "Url" }),
        Kind::Date => json!({ "type": "Date" }),
        Kind::DateTime => json!({ "type": "DateTime" }),
        Kind::Text => json!({ "type": "Text", "length": 255 }),
        Kind::ExternalId => json!({
            "type": "Text", "length": 255, "externalId": true, "unique": true,
            "caseSensitive": true,
        }),
        Kind::LongText => {
            let length = settings.long_text.clamp(32_768, 131_072);
            json!({ "type": "LongTextArea", "length": length, "visibleLines": 6 })
        }
        Kind::Picklist => {
            let value =
                |name: &String| json!({ "fullName": name, "label": name, "default": false });
            let values: Vec<Value> = services.iter().map(value).collect();
            // Not restricted: a trade that is added to the rules must not make writes fail.
            json!({ "type": "Picklist", "valueSet": {
                "restricted": false,
                "valueSetDefinition": { "sorted": false, "value": values },
            }})
        }
    };
    let label: String = label.chars().take(40).collect();
    metadata["label"] = label.into();
    metadata["description"] = "Written by Callboard".into();
    metadata["required"] = false.into();
    metadata
}

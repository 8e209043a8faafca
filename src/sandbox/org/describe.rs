//! What the org tells of its objects.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    conditional::{self, Verdict, http_date},
    records::text,
    schema::{Field, Kind, Object},
    wire::Request,
};

impl Org {
    /// `GET /sobjects`
    pub(super) fn describe_global(&self, version: u32) -> Value {
        let objects: Vec<Value> = self
            .schema
            .objects()
            .filter(|object| !object.tooling)
            .map(|object| self.summary(version, object))
            .collect();
        json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects })
    }

    /// What both kinds of describe tell of an object.
    pub(super) fn summary(&self, version: u32, object: &Object) -> Value {
        let place = format!("/services/data/v{version}.0/sobjects/{}", object.name);
        json!({
            "name": object.name, "label": object.label, "labelPlural": object.plural,
            "keyPrefix": object.prefix, "custom": false, "activateable": false,
            "createable": !object.setup, "updateable": !object.setup, "deletable": !object.setup,
            "queryable": true, "retrieveable": true, "searchable": !object.setup,
            "layoutable": !object.setup, "triggerable": !object.setup, "undeletable": !object.setup,
            "mergeable": false, "replicateable": true, "deprecatedAndHidden": false,
            "urls": {
                "sobject": place, "describe": format!("{place}/describe"),
                "rowTemplate": format!("{place}/{{ID}}"),
            },
        })
    }

    /// `GET /sobjects/{object}/describe`
    pub(super) fn describe(
        &self,
        version: u32,
        object: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let object = self.object(object)?;
        let changed = http_date(self.schema_changed);
        if conditional::check(request, Some(self.schema_changed))? == Verdict::NotModified {
            return Ok(Answer::empty(304).with("last-modified", changed));
        }
        let mut described = self.summary(version, object);
        let fields: Vec<Value> = object.fields().map(|field| self.field(object, field)).collect();
        described["fields"] = fields.into();
        described["recordTypeInfos"] = self.record_types(object);
        described["childRelationships"] = self.children(object);
        Ok(Answer::json(200, described).with("last-modified", changed))
    }

    fn field(&self, object: &Object, field: &Field) -> Value {
        let values: Vec<Value> = field
            .values
            .iter()
            .map(|value| {
                let default = field.default.as_ref().and_then(Value::as_str) == Some(value);
                json!({ "value": value, "label": value, "active": true, "defaultValue": default, "validFor": null })
            })
            .collect();
        let creatable = !field.read_only && field.editable && !object.setup;
        let changeable = creatable && !field.create_only;
        let type_name = if field.kind == Kind::String && field.length > 255 {
            "textarea"
        } else {
            field.kind.name()
        };
        json!({
            "name": field.name, "label": field.label, "type": type_name,
            "soapType": soap_type(field.kind), "length": field.length,
            "byteLength": field.length * 3, "precision": field.precision, "scale": field.scale,
            "digits": if field.kind == Kind::Int { field.precision } else { 0 },
            "nillable": !field.required && field.kind != Kind::Boolean,
            "defaultedOnCreate": field.default.is_some() || field.read_only || field.kind == Kind::Boolean,
            "createable": creatable, "updateable": changeable, "custom": field.is_custom(),
            "externalId": field.external_id, "unique": field.unique, "caseSensitive": false,
            "idLookup": field.finds_records(), "nameField": field.name == "Name",
            "filterable": field.is_filterable(), "sortable": field.is_filterable(),
            "groupable": field.is_filterable() && !field.kind.is_number(),
            "calculated": false, "autoNumber": false, "permissionable": !field.required,
            "restrictedPicklist": field.restricted, "dependentPicklist": false,
            "controllerName": null, "picklistValues": values,
            "referenceTo": field.to, "relationshipName": field.relationship,
            "defaultValue": if field.kind == Kind::Boolean { json!(false) } else { Value::Null },
            "inlineHelpText": null, "deprecatedAndHidden": false, "encrypted": false,
        })
    }

    fn record_types(&self, object: &Object) -> Value {
        let own =
            self.tables.of("RecordType").filter(|row| text(row, "SobjectType") == object.name);
        let mut infos: Vec<Value> = own
            .map(|row| {
                json!({
                    "name": row["Name"], "developerName": row["DeveloperName"],
                    "recordTypeId": row["Id"], "active": row["IsActive"], "available": true,
                    "master": false, "defaultRecordTypeMapping": false,
                })
            })
            .collect();
        infos.push(json!({
            "name": "Master", "developerName": "Master", "recordTypeId": "012000000000000AAA",
            "active": true, "available": true, "master": true,
            "defaultRecordTypeMapping": infos.is_empty(),
        }));
        infos.into()
    }

    fn children(&self, object: &Object) -> Value {
        let refers = |child: &Object| -> Vec<Value> {
            let to_us = child.fields().filter(|field| field.to.contains(&object.name));
            to_us
                .map(|field| {
                    let name = child_relationship(child, field);
                    json!({ "childSObject": child.name, "field": field.name, "relationshipName": name })
                })
                .collect()
        };
        self.schema.objects().flat_map(refers).collect()
    }
}

impl Org {
    /// The object and its reference that queries of `parent` call `relationship`.
    pub(super) fn child_of(
        &self,
        parent: &Object,
        relationship: &str,
    ) -> Option<(&Object, String)> {
        self.schema.objects().find_map(|child| {
            child
                .fields()
                .filter(|field| field.to.contains(&parent.name))
                .find(|field| {
                    let name = child_relationship(child, field);
                    name.is_some_and(|name| name.eq_ignore_ascii_case(relationship))
                })
                .map(|field| (child, field.name.clone()))
        })
    }
}

/// The name by which a parent's query reaches `child` through `field`: `Contacts` of an Account.
fn child_relationship(child: &Object, field: &Field) -> Option<String> {
    let primary = matches!(
        field.name.as_str(),
        "AccountId" | "ContactId" | "OpportunityId" | "WhoId" | "WhatId" | "QueueId"
    );
    primary.then(|| child.plural.replace(' ', ""))
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Double | Kind::Currency | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::Datetime => "xsd:dateTime",
        _ => "xsd:string",
    }
}

//! `/composite/sobjects`: up to 200 records in one call; `/composite/tree`.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    records::Row,
    rest::{fields_of, wrong_method},
    save::Saving,
    upsert::finder,
    wire::Request,
};

const MOST_RECORDS: usize = 200;
const ROLLED_BACK: &str = "Record rolled back because not all records were valid and the request was using AllOrNone header";

/// What became of one record.
type Outcome = Result<Value, Refusal>;

impl Org {
    /// `/composite/sobjects` and what is below it.
    pub(super) fn collections(
        &mut self,
        version: u32,
        rest: &[&str],
        request: &Request,
    ) -> Result<Answer, Refusal> {
        match (request.method.as_str(), rest) {
            ("GET" | "POST", [object]) => self.retrieve(version, object, request),
            ("POST" | "PATCH", []) => {
                let creating = request.method == "POST";
                self.each_record(request, |org, fields, saving| {
                    let object = type_of(fields)?;
                    if creating {
                        let id = org.create(&object, fields, saving)?;
                        return Ok(json!({ "id": id, "success": true, "errors": [] }));
                    }
                    let (id, fields) = without_id(fields)?;
                    org.update(&object, &id, &fields, saving)?;
                    Ok(json!({ "id": id, "success": true, "errors": [] }))
                })
            }
            ("PATCH", [object, key]) => {
                let object = self.object(object)?.clone();
                let key = finder(&object, key)?.clone();
                self.each_record(request, |org, fields, saving| {
                    let mut fields = fields.clone();
                    let value = fields.remove(&key.name).and_then(|value| match value {
                        Value::String(text) => Some(text),
                        Value::Number(number) => Some(number.to_string()),
                        _ => None,
                    });
                    let value = value.ok_or_else(|| {
                        let message = format!("{} not specified", key.name);
                        Refusal::saving("MISSING_ARGUMENT", message, &[])
                    })?;
                    let found = org.find_by(&object, &key, &value);
                    if found.len() > 1 {
                        let message = format!("{}: more than one record found for external id field: [{}]", key.name, found.join(", "));
                        return Err(Refusal::saving("DUPLICATE_EXTERNAL_ID", message, &[&key.name]));
                    }
                    let done = org.upsert(&object, &key, &value, &found, &fields, saving)?;
                    Ok(json!({ "id": done.id, "success": true, "errors": [], "created": done.created }))
                })
            }
            ("DELETE", []) => self.delete_records(request),
            (method, _) => Err(wrong_method(method, "DELETE,GET,PATCH,POST")),
        }
    }

    fn each_record(
        &mut self,
        request: &Request,
        mut save: impl FnMut(&mut Self, &Row, &Saving) -> Outcome,
    ) -> Result<Answer, Refusal> {
        let envelope = fields_of(&request.body)?;
        let all_or_none = envelope.get("allOrNone") == Some(&Value::Bool(true));
        let records = envelope.get("records").and_then(Value::as_array);
        let records = records
            .ok_or_else(|| Refusal::new("JSON_PARSER_ERROR", "'records' is a required field."))?;
        check_count(records.len())?;
        let saving = Saving::of(request);
        self.all_of(all_or_none, records.iter(), |org, record| {
            let fields = record.as_object().ok_or_else(|| {
                Refusal::new("JSON_PARSER_ERROR", "A record must be a JSON object")
            })?;
            save(org, fields, &saving)
        })
    }

    /// Does `save` to each, each in its own transaction or all in one.
    fn all_of<T>(
        &mut self,
        all_or_none: bool,
        records: impl Iterator<Item = T>,
        mut save: impl FnMut(&mut Self, T) -> Outcome,
    ) -> Result<Answer, Refusal> {
        let start = self.tables.mark();
        let mut outcomes: Vec<Outcome> = Vec::new();
        for record in records {
            let before = self.tables.mark();
            let outcome = save(self, record);
            if outcome.is_err() {
                self.tables.roll_back(before);
            }
            outcomes.push(outcome);
        }
        if all_or_none && outcomes.iter().any(Result::is_err) {
            self.tables.roll_back(start);
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
                *outcome =
                    Err(Refusal::saving("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK, &[]));
            }
        }
        let shown = outcomes.into_iter().map(|outcome| {
            outcome.unwrap_or_else(
                |refusal| json!({ "success": false, "errors": [refusal.as_record_error()] }),
            )
        });
        Ok(Answer::json(200, shown.collect()))
    }

    fn delete_records(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let ids = request.parameter("ids").unwrap_or_default().to_owned();
        let all_or_none = request.parameter("allOrNone") == Some("true");
        let ids: Vec<&str> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        check_count(ids.len())?;
        self.all_of(all_or_none, ids.into_iter(), |org, id| {
            let object = org.schema.object_of(id).map(|object| object.name.clone());
            let object = object.ok_or_else(|| {
                Refusal::saving("MALFORMED_ID", format!("malformed id {id}"), &[])
            })?;
            org.delete(&object, id)?;
            Ok(json!({ "id": id, "success": true, "errors": [] }))
        })
    }

    /// `GET /composite/sobjects/Lead?ids=…&fields=…`: null for what isn't there.
    fn retrieve(
        &mut self,
        version: u32,
        object: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let object = self.object(object)?.clone();
        let (ids, fields) = if request.method == "POST" {
            let body = fields_of(&request.body)?;
            let list = |key: &str| {
                let items = body.get(key).and_then(Value::as_array);
                items.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
            };
            (list("ids"), list("fields"))
        } else {
            let parameter = |name: &str| request.parameter(name).unwrap_or_default().to_owned();
            (parameter("ids"), parameter("fields"))
        };
        let show = |id: &str| match self.record(&object, id) {
            Ok((id, _)) => self.row_as_json(version, &object, &id, Some(&fields)),
            Err(_) => Ok(Value::Null),
        };
        let shown = ids.split(',').map(|id| show(id.trim())).collect::<Result<Vec<_>, _>>()?;
        Ok(Answer::json(200, json!(shown)))
    }

    /// `POST /composite/tree/Account`: parents with their children, all or none.
    pub(super) fn tree(&mut self, object: &str, request: &Request) -> Result<Answer, Refusal> {
        let envelope = fields_of(&request.body)?;
        let records =
            envelope.get("records").and_then(Value::as_array).cloned().unwrap_or_default();
        check_count(records.len())?;
        let saving = Saving::of(request);
        let start = self.tables.mark();
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        for record in &records {
            self.plant(object, record, None, &saving, &mut made, &mut refused);
        }
        if refused.is_empty() {
            return Ok(Answer::json(201, json!({ "hasErrors": false, "results": made })));
        }
        self.tables.roll_back(start);
        Ok(Answer::json(400, json!({ "hasErrors": true, "results": refused })))
    }

    fn plant(
        &mut self,
        object: &str,
        record: &Value,
        parent: Option<(&str, &str)>,
        saving: &Saving,
        made: &mut Vec<Value>,
        refused: &mut Vec<Value>,
    ) {
        let reference = record["attributes"]["referenceId"].clone();
        let (mut fields, mut children) = (Row::new(), Vec::new());
        for (name, value) in record.as_object().into_iter().flatten() {
            match value.get("records").and_then(Value::as_array) {
                Some(inner) => children.push((name.clone(), inner.clone())),
                None => {
                    fields.insert(name.clone(), value.clone());
                }
            }
        }
        if let Some((field, id)) = parent {
            fields.insert(field.to_owned(), json!(id));
        }
        let id = match self.create(object, &fields, saving) {
            Ok(id) => id,
            Err(refusal) => {
                refused.push(
                    json!({ "referenceId": reference, "errors": [refusal.as_record_error()] }),
                );
                return;
            }
        };
        made.push(json!({ "referenceId": reference, "id": id }));
        for (relationship, records) in children {
            let child = self.object(object).ok().and_then(|parent| {
                let (child, field) = self.child_of(parent, &relationship)?;
                Some((child.name.clone(), field))
            });
            for record in records {
                match &child {
                    Some((child, field)) => {
                        self.plant(child, &record, Some((field, &id)), saving, made, refused);
                    }
                    None => refused.push(json!({
                        "referenceId": record["attributes"]["referenceId"],
                        "errors": [{ "statusCode": "INVALID_FIELD", "fields": [],
                                     "message": format!("No such relationship '{relationship}'") }],
                    })),
                }
            }
        }
    }
}

fn check_count(count: usize) -> Result<(), Refusal> {
    if count <= MOST_RECORDS {
        return Ok(());
    }
    Err(Refusal::new(
        "EXCEEDED_ID_LIMIT",
        format!(
            "record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
        ),
    ))
}

fn type_of(fields: &Row) -> Result<String, Refusal> {
    let name = fields.get("attributes").and_then(|attributes| attributes.get("type"));
    name.and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Refusal::saving("INVALID_TYPE", "Must send a concrete entity type.", &[]))
}

fn without_id(fields: &Row) -> Result<(String, Row), Refusal> {
    let mut fields = fields.clone();
    let id = fields.remove("id").or_else(|| fields.remove("Id"));
    match id.as_ref().and_then(Value::as_str) {
        Some(id) => Ok((id.to_owned(), fields)),
        None => Err(Refusal::saving("MISSING_ARGUMENT", "Id not specified in an update call", &[])),
    }
}

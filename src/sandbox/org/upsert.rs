//! Upsert: create or change the record that an external id names.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    ids,
    records::Row,
    rest::{fields_of, wrong_method},
    save::Saving,
    schema::{Field, Kind, Object},
    validate::coerce,
    wire::Request,
};

/// From this version on the answer says whether the record was created.
const SAYS_CREATED: u32 = 46;

/// What became of an upsert.
pub(super) struct Upserted {
    pub id: String,
    pub created: bool,
}

impl Org {
    /// `/sobjects/{object}/{field}/{value}`
    pub(super) fn row_by_external_id(
        &mut self,
        version: u32,
        object: &str,
        field: &str,
        value: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let object = self.object(object)?.clone();
        let key = finder(&object, field)?.clone();
        let found = self.find_by(&object, &key, value);
        if found.len() > 1 {
            let place =
                |id| json!(format!("/services/data/v{version}.0/sobjects/{}/{id}", object.name));
            return Ok(Answer::json(300, found.iter().map(place).collect()));
        }
        match request.method.as_str() {
            "GET" => {
                let id = found.first().ok_or_else(Refusal::not_found)?;
                let fields = request.parameter("fields");
                Ok(Answer::json(200, self.row_as_json(version, &object, id, fields)?))
            }
            "DELETE" => {
                let id = found.first().ok_or_else(Refusal::not_found)?;
                self.delete(&object.name, id)?;
                Ok(Answer::empty(204))
            }
            "PATCH" => {
                let update_only = request.parameter("updateOnly") == Some("true");
                if update_only && found.is_empty() {
                    return Err(Refusal::not_found());
                }
                let fields = fields_of(&request.body)?;
                let saving = Saving::of(request);
                let done = self.upsert(&object, &key, value, &found, &fields, &saving)?;
                Ok(upserted(version, &object, &done))
            }
            method => Err(wrong_method(method, "DELETE,GET,PATCH,HEAD")),
        }
    }

    /// The records that hold `value` in `key`.
    pub(super) fn find_by(&self, object: &Object, key: &Field, value: &str) -> Vec<String> {
        if key.kind == Kind::Id {
            return ids::read(value).into_iter().collect();
        }
        self.tables.find(&object.name, &key.name, value)
    }

    /// Creates the record, or changes the one that was `found`.
    pub(super) fn upsert(
        &mut self,
        object: &Object,
        key: &Field,
        value: &str,
        found: &[String],
        fields: &Row,
        saving: &Saving,
    ) -> Result<Upserted, Refusal> {
        if fields.keys().any(|name| name.eq_ignore_ascii_case(&key.name)) {
            return Err(Refusal::new(
                "INVALID_FIELD",
                format!("The {} field should not be specified in the sobject data.", key.name),
            ));
        }
        if let Some(id) = found.first() {
            self.update(&object.name, id, fields, saving)?;
            return Ok(Upserted { id: id.clone(), created: false });
        }
        let mut fields = fields.clone();
        fields.insert(key.name.clone(), coerce(key, &json!(value))?);
        let id = self.create(&object.name, &fields, saving)?;
        Ok(Upserted { id, created: true })
    }
}

/// The field an upsert may name.
pub(super) fn finder<'a>(object: &'a Object, field: &str) -> Result<&'a Field, Refusal> {
    object.field(field).filter(|field| field.finds_records()).ok_or_else(|| {
        Refusal::new(
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {field}"),
        )
    })
}

fn upserted(version: u32, object: &Object, done: &Upserted) -> Answer {
    if version < SAYS_CREATED && !done.created {
        return Answer::empty(204);
    }
    let mut body = json!({ "id": done.id, "success": true, "errors": [] });
    if version >= SAYS_CREATED {
        body["created"] = Value::Bool(done.created);
    }
    let status = if done.created { 201 } else { 200 };
    let place = format!("/services/data/v{version}.0/sobjects/{}/{}", object.name, done.id);
    Answer::json(status, body).with("location", place)
}

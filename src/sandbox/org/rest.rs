//! The REST API: which path does what.

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    conditional::{self, Verdict},
    records::{Row, text},
    save::Saving,
    schema::Object,
    validate::read_datetime,
    wire::Request,
};

/// The newest version served: Spring '26.
const NEWEST: u32 = 66;
/// The oldest that isn't retired.
const OLDEST: u32 = 31;

/// `GET /services/data`
pub(super) fn versions() -> Value {
    let release = |version: u32| {
        let season = ["Spring", "Summer", "Winter"][usize::try_from(version % 3).unwrap_or(0)];
        let year = (version + 12) / 3 + u32::from(version % 3 == 2);
        json!({
            "label": format!("{season} '{year}"),
            "url": format!("/services/data/v{version}.0"),
            "version": format!("{version}.0"),
        })
    };
    (OLDEST..=NEWEST).map(release).collect()
}

/// Reads the path's `v66.0`.
pub(super) fn version(segment: &str) -> Result<u32, Refusal> {
    let number = segment.strip_prefix('v').and_then(|text| text.strip_suffix(".0"));
    match number.and_then(|number| number.parse().ok()) {
        Some(version @ OLDEST..=NEWEST) => Ok(version),
        Some(version @ 7..OLDEST) => Err(Refusal::new(
            "UNSUPPORTED_API_VERSION",
            format!("The requested API version ({version}.0) is retired. Use a supported version."),
        )),
        _ => Err(Refusal::not_found()),
    }
}

/// The fields of a request's body.
pub(super) fn fields_of(body: &[u8]) -> Result<Row, Refusal> {
    match json_of(body)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Refusal::new("JSON_PARSER_ERROR", "The HTTP entity body is not a JSON object")),
    }
}

/// The request's body as JSON.
pub(super) fn json_of(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Err(Refusal::new(
            "JSON_PARSER_ERROR",
            "The HTTP entity body is required, but this request has no entity body.",
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        Refusal::new(
            "JSON_PARSER_ERROR",
            format!("Unexpected character at [line:{}, column:{}]", error.line(), error.column()),
        )
    })
}

impl Org {
    /// Answers `/services/data/vNN.0/{rest}`.
    pub(super) fn rest(
        &mut self,
        version: u32,
        rest: &[&str],
        request: &Request,
    ) -> Result<Answer, Refusal> {
        check_media_type(request)?;
        let method = request.method.as_str();
        match (method, rest) {
            ("GET", [] | [""]) => Ok(Answer::json(200, resources(version))),
            ("GET", ["limits"]) => Ok(Answer::json(200, self.limits())),
            ("GET", ["query" | "queryAll"]) => {
                self.query(version, rest[0] == "queryAll", false, request)
            }
            ("GET", ["query" | "queryAll", cursor]) => self.query_more(version, cursor),
            ("GET", ["search"]) => self.search(version, request),
            ("GET" | "POST", ["parameterizedSearch"]) => {
                self.parameterized_search(version, request)
            }
            (_, ["tooling", rest @ ..]) => self.tooling(version, rest, request),
            (_, ["actions", rest @ ..]) => self.actions(version, rest, request),
            ("POST", ["composite"]) => self.composite(request),
            ("POST", ["composite", "batch"]) => self.batch(request),
            ("POST", ["composite", "tree", object]) => self.tree(object, request),
            (_, ["composite", "sobjects", rest @ ..]) => self.collections(version, rest, request),
            ("GET", ["sobjects"]) => Ok(Answer::json(200, self.describe_global(version))),
            (_, ["sobjects", object]) => self.object_resource(version, object, request),
            ("GET", ["sobjects", object, "describe"]) => self.describe(version, object, request),
            (_, ["sobjects", object, id]) => self.row_resource(version, object, id, request),
            (_, ["sobjects", object, field, value]) => {
                self.row_by_external_id(version, object, field, value, request)
            }
            _ => Err(Refusal::not_found()),
        }
    }

    fn object_resource(
        &mut self,
        version: u32,
        object: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        match request.method.as_str() {
            "GET" => {
                let found = self.object(object)?;
                let recent =
                    json!({ "objectDescribe": self.summary(version, found), "recentItems": [] });
                Ok(Answer::json(200, recent))
            }
            "POST" => {
                let object = self.object(object)?.name.clone();
                let fields = fields_of(&request.body)?;
                let id = self.create(&object, &fields, &Saving::of(request))?;
                let place = format!("/services/data/v{version}.0/sobjects/{object}/{id}");
                let body = json!({ "id": id, "success": true, "errors": [] });
                Ok(Answer::json(201, body).with("location", place))
            }
            method => Err(wrong_method(method, "GET,POST")),
        }
    }

    fn row_resource(
        &mut self,
        version: u32,
        object: &str,
        id: &str,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        match request.method.as_str() {
            "GET" => {
                let object = self.object(object)?.clone();
                let (id, row) = self.record(&object, id)?;
                if conditional::check(request, last_change(row))? == Verdict::NotModified {
                    return Ok(Answer::empty(304));
                }
                let fields = request.parameter("fields");
                Ok(Answer::json(200, self.row_as_json(version, &object, &id, fields)?))
            }
            "PATCH" => {
                let changed = self.object(object).and_then(|object| self.record(object, id));
                conditional::check(request, changed.ok().and_then(|(_, row)| last_change(row)))?;
                let fields = fields_of(&request.body)?;
                self.update(object, id, &fields, &Saving::of(request))?;
                Ok(Answer::empty(204))
            }
            "DELETE" => {
                self.delete(object, id)?;
                Ok(Answer::empty(204))
            }
            method => Err(wrong_method(method, "DELETE,GET,PATCH,HEAD")),
        }
    }

    /// A record as REST shows it: all fields, or those asked for.
    pub(super) fn row_as_json(
        &self,
        version: u32,
        object: &Object,
        id: &str,
        fields: Option<&str>,
    ) -> Result<Value, Refusal> {
        let row = self.tables.get(&object.name, id).ok_or_else(Refusal::not_found)?;
        let mut shown = Row::new();
        shown.insert("attributes".to_owned(), attributes(version, &object.name, id));
        shown.insert("Id".to_owned(), json!(id));
        let names: Vec<&str> = match fields {
            Some(list) => list.split(',').map(str::trim).collect(),
            None => object.fields().map(|field| field.name.as_str()).collect(),
        };
        for name in names {
            let field = object.field(name).ok_or_else(|| {
                Refusal::new(
                    "INVALID_FIELD",
                    format!("No such column '{name}' on entity '{}'", object.name),
                )
            })?;
            shown.insert(field.name.clone(), row.get(&field.name).cloned().unwrap_or_default());
        }
        Ok(Value::Object(shown))
    }

    fn limits(&self) -> Value {
        let limit =
            |most: u64, used: u64| json!({ "Max": most, "Remaining": most.saturating_sub(used) });
        json!({
            "DailyApiRequests": limit(self.options.daily_limit, self.calls_today),
            "DailyBulkV2QueryJobs": limit(10_000, 0),
            "DataStorageMB": limit(1024, 3),
            "FileStorageMB": limit(1024, 0),
            "HourlyPublishedPlatformEvents": limit(50_000, 0),
            "SingleEmail": limit(5_000, 0),
        })
    }
}

fn last_change(row: &Row) -> Option<jiff::Timestamp> {
    read_datetime(text(row, "SystemModstamp"))
}

/// `attributes` of a record.
pub(super) fn attributes(version: u32, object: &str, id: &str) -> Value {
    json!({ "type": object, "url": format!("/services/data/v{version}.0/sobjects/{object}/{id}") })
}

pub(super) fn wrong_method(method: &str, allowed: &str) -> Refusal {
    Refusal::new(
        "METHOD_NOT_ALLOWED",
        format!("HTTP Method '{method}' not allowed. Allowed are {allowed}"),
    )
}

/// A body must say that it is JSON.
fn check_media_type(request: &Request) -> Result<(), Refusal> {
    let kind = request.header("content-type").unwrap_or("application/json");
    if request.body.is_empty() || kind.starts_with("application/json") {
        return Ok(());
    }
    Err(Refusal::new(
        "UNSUPPORTED_MEDIA_TYPE",
        format!("Content type '{kind}' is not supported for this resource"),
    ))
}

fn resources(version: u32) -> Value {
    let names = [
        "sobjects",
        "query",
        "queryAll",
        "limits",
        "search",
        "parameterizedSearch",
        "composite",
        "actions",
        "tooling",
    ];
    let place =
        |name: &str| (name.to_owned(), json!(format!("/services/data/v{version}.0/{name}")));
    Value::Object(names.into_iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_the_names_salesforce_gave_them() {
        let versions = versions();
        let label = |wanted: &str| {
            let all = versions.as_array().unwrap();
            all.iter().find(|v| v["version"] == wanted).unwrap()["label"].clone()
        };
        assert_eq!(label("66.0"), "Spring '26");
        assert_eq!(label("65.0"), "Winter '26");
        assert_eq!(label("64.0"), "Summer '25");
        assert_eq!(label("63.0"), "Spring '25");
    }
}

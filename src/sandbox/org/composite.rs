//! `/composite`: several requests in one, with references between them; `/composite/batch`.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Content, Refusal},
    rest::fields_of,
    wire::Request,
};

const MOST_SUBREQUESTS: usize = 25;
const MOST_QUERIES: usize = 5;
const ROLLED_BACK: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// One request of a composite.
struct Subrequest {
    method: String,
    url: String,
    reference: String,
    body: Option<Value>,
    headers: HashMap<String, String>,
}

impl Org {
    /// `POST /composite`
    pub(super) fn composite(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let envelope = fields_of(&request.body)?;
        let all_or_none = envelope.get("allOrNone") == Some(&Value::Bool(true));
        let subrequests = read_subrequests(envelope.get("compositeRequest"))?;
        let start = self.tables.mark();
        let mut done: Vec<(String, Answer)> = Vec::new();
        let mut results: BTreeMap<String, Value> = BTreeMap::new();
        let mut failed = None;
        for subrequest in &subrequests {
            if failed.is_some() && all_or_none {
                done.push((subrequest.reference.clone(), halted(ROLLED_BACK)));
                continue;
            }
            let before = self.tables.mark();
            let answer = self.answer_subrequest(subrequest, &results);
            if answer.status >= 300 {
                self.tables.roll_back(before);
                failed = failed.or(Some(done.len()));
            } else if let Content::Json(body) = &answer.body {
                results.insert(subrequest.reference.clone(), body.clone());
            }
            done.push((subrequest.reference.clone(), answer));
        }
        if let (Some(failed), true) = (failed, all_or_none) {
            self.tables.roll_back(start);
            for (_, answer) in &mut done[..failed] {
                *answer = halted(ROLLED_BACK);
            }
        }
        let shown: Vec<Value> =
            done.iter().map(|(reference, answer)| show(reference, answer)).collect();
        Ok(Answer::json(200, json!({ "compositeResponse": shown })))
    }

    fn answer_subrequest(
        &mut self,
        subrequest: &Subrequest,
        results: &BTreeMap<String, Value>,
    ) -> Answer {
        let filled = fill(&subrequest.url, results).and_then(|url| {
            let body = subrequest.body.clone().map(|body| fill_json(body, results)).transpose()?;
            Ok((url, body))
        });
        let (url, body) = match filled {
            Ok(filled) => filled,
            Err(message) => return halted(&message),
        };
        let Some(body) = body.map_or(Some(Vec::new()), |body| serde_json::to_vec(&body).ok())
        else {
            return halted("The body can't be read.");
        };
        let inner = Request::new(&subrequest.method, &url, subrequest.headers.clone(), body);
        let path: Vec<&str> = inner.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["services", "data", version, rest @ ..] if !is_nested(rest) => {
                let version = super::rest::version(version);
                version
                    .and_then(|version| self.rest(version, rest, &inner))
                    .unwrap_or_else(Answer::from)
            }
            _ => Refusal::new("NOT_FOUND", "The requested resource does not exist").into(),
        }
    }

    /// `POST /composite/batch`: independent requests, each of which counts.
    pub(super) fn batch(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let envelope = fields_of(&request.body)?;
        let halt = envelope.get("haltOnError") == Some(&Value::Bool(true));
        let requests = envelope.get("batchRequests").and_then(Value::as_array).cloned();
        let requests = requests.ok_or_else(|| missing("batchRequests"))?;
        if requests.len() > MOST_SUBREQUESTS {
            return Err(too_many());
        }
        let mut results = Vec::new();
        let mut failed = false;
        for inner in requests {
            if failed && halt {
                let halted =
                    Refusal::new("BATCH_PROCESSING_HALTED", "Batch processing halted per request");
                results.push(json!({ "statusCode": 412, "result": [halted.as_error()] }));
                continue;
            }
            let text = |key: &str| inner.get(key).and_then(Value::as_str).map(str::to_owned);
            let method = text("method").ok_or_else(|| missing("method"))?;
            let url = text("url").ok_or_else(|| missing("url"))?;
            let subrequest = Subrequest {
                method,
                url: format!(
                    "/services/data/{}",
                    url.trim_start_matches("/services/data/").trim_start_matches('/')
                ),
                reference: String::new(),
                body: inner.get("richInput").cloned(),
                headers: HashMap::new(),
            };
            if !results.is_empty() {
                self.count_call();
            }
            let before = self.tables.mark();
            let answer = self.answer_subrequest(&subrequest, &BTreeMap::new());
            if answer.status >= 400 {
                self.tables.roll_back(before);
                failed = true;
            }
            let result = if let Content::Json(body) = answer.body { body } else { Value::Null };
            results.push(json!({ "statusCode": answer.status, "result": result }));
        }
        Ok(Answer::json(200, json!({ "hasErrors": failed, "results": results })))
    }
}

fn is_nested(rest: &[&str]) -> bool {
    matches!(rest, ["composite"] | ["composite", "batch"])
}

fn read_subrequests(list: Option<&Value>) -> Result<Vec<Subrequest>, Refusal> {
    let list = list.and_then(Value::as_array).ok_or_else(|| missing("compositeRequest"))?;
    if list.is_empty() || list.len() > MOST_SUBREQUESTS {
        return Err(too_many());
    }
    let mut subrequests: Vec<Subrequest> = Vec::new();
    for value in list {
        let text = |key: &str| value.get(key).and_then(Value::as_str).ok_or_else(|| missing(key));
        let reference = text("referenceId")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if reference.is_empty() || !reference.bytes().all(plain) {
            let message = format!(
                "Invalid reference ID '{reference}': use letters, numbers and underscores."
            );
            return Err(Refusal::new("INVALID_INPUT", message));
        }
        if subrequests.iter().any(|known| known.reference == reference) {
            return Err(Refusal::new(
                "INVALID_INPUT",
                format!("Duplicate reference ID '{reference}'."),
            ));
        }
        let headers = value.get("httpHeaders").and_then(Value::as_object);
        let headers = headers.into_iter().flatten();
        subrequests.push(Subrequest {
            method: text("method")?.to_owned(),
            url: text("url")?.to_owned(),
            reference: reference.to_owned(),
            body: value.get("body").filter(|body| !body.is_null()).cloned(),
            headers: headers
                .filter_map(|(name, value)| {
                    Some((name.to_ascii_lowercase(), value.as_str()?.to_owned()))
                })
                .collect(),
        });
    }
    let heavy = |subrequest: &&Subrequest| {
        subrequest.url.contains("/query") || subrequest.url.contains("/composite/sobjects")
    };
    if subrequests.iter().filter(heavy).count() > MOST_QUERIES {
        return Err(Refusal::new(
            "LIMIT_EXCEEDED",
            format!("A composite request takes at most {MOST_QUERIES} queries and collections."),
        ));
    }
    Ok(subrequests)
}

fn missing(field: &str) -> Refusal {
    Refusal::new("JSON_PARSER_ERROR", format!("'{field}' is a required field."))
}

fn too_many() -> Refusal {
    Refusal::new(
        "LIMIT_EXCEEDED",
        format!("The request must contain between 1 and {MOST_SUBREQUESTS} subrequests."),
    )
}

fn halted(message: &str) -> Answer {
    Refusal::new("PROCESSING_HALTED", message).into()
}

fn show(reference: &str, answer: &Answer) -> Value {
    let headers: serde_json::Map<String, Value> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name == "location")
        .map(|(_, value)| ("Location".to_owned(), json!(value)))
        .collect();
    let body = if let Content::Json(body) = &answer.body { body.clone() } else { Value::Null };
    json!({
        "body": body, "httpHeaders": headers, "httpStatusCode": answer.status,
        "referenceId": reference,
    })
}

/// Replaces every `@{reference.path}` of a text.
fn fill(text: &str, results: &BTreeMap<String, Value>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("@{") {
        filled.push_str(before);
        let (path, after) = from.split_once('}').ok_or("Invalid reference specified.")?;
        match look_up(path, results)? {
            Value::String(text) => filled.push_str(&text),
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn fill_json(value: Value, results: &BTreeMap<String, Value>) -> Result<Value, String> {
    Ok(match value {
        // A reference that is the whole text keeps the type of what it refers to.
        Value::String(text) if text.starts_with("@{") && text.find('}') == Some(text.len() - 1) => {
            look_up(&text[2..text.len() - 1], results)?
        }
        Value::String(text) => Value::String(fill(&text, results)?),
        Value::Array(items) => {
            items.into_iter().map(|item| fill_json(item, results)).collect::<Result<_, _>>()?
        }
        Value::Object(fields) => {
            let filled =
                fields.into_iter().map(|(key, value)| Ok((key, fill_json(value, results)?)));
            Value::Object(filled.collect::<Result<_, String>>()?)
        }
        other => other,
    })
}

/// `lead.id`, `found.records[0].Id`
fn look_up(path: &str, results: &BTreeMap<String, Value>) -> Result<Value, String> {
    let (reference, inner) = path.split_once('.').unwrap_or((path, ""));
    let nothing =
        || format!("Invalid reference specified. No value for {path} found in {reference}");
    let mut here = results.get(reference).ok_or_else(nothing)?;
    for step in inner.split('.') {
        let (name, places) = step.split_once('[').unwrap_or((step, ""));
        here = here.get(name).ok_or_else(nothing)?;
        for place in places.split('[').filter(|place| !place.is_empty()) {
            let place: usize = place.trim_end_matches(']').parse().map_err(|_| nothing())?;
            here = here.get(place).ok_or_else(nothing)?;
        }
    }
    Ok(here.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_reach_into_results() {
        let results = BTreeMap::from([
            ("lead".to_owned(), json!({ "id": "00Q1" })),
            ("found".to_owned(), json!({ "records": [{ "Id": "0031", "Score": 5.0 }] })),
        ]);
        assert_eq!(fill("/sobjects/Lead/@{lead.id}?x", &results).unwrap(), "/sobjects/Lead/00Q1?x");
        let body = json!({ "WhoId": "@{found.records[0].Id}", "n": ["@{found.records[0].Score}"] });
        assert_eq!(fill_json(body, &results).unwrap(), json!({ "WhoId": "0031", "n": [5.0] }));
        assert_eq!(
            fill("@{task.id}", &results).unwrap_err(),
            "Invalid reference specified. No value for task.id found in task"
        );
        assert!(fill("@{found.records[1].Id}", &results).is_err());
    }
}

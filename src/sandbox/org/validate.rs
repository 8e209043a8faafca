//! What a field takes: values of the request made the field's type, or refused as Salesforce
//! refuses them.

use jiff::{Timestamp, civil};
use serde_json::{Value, json};

use super::{
    answer::Refusal,
    ids,
    schema::{Field, Kind},
};

/// How the org writes a moment: `2026-11-21T10:30:00.000+0000`.
pub(super) fn datetime(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// Reads a moment in the forms the API takes.
pub(super) fn read_datetime(text: &str) -> Option<Timestamp> {
    if let Ok(date) = text.parse::<civil::Date>()
        && text.len() == 10
    {
        return date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    text.parse().ok()
}

/// The value as the org keeps it.
///
/// # Errors
/// The refusal for this field: a type that doesn't fit, too long, out of range, not in the list.
pub(super) fn coerce(field: &Field, value: &Value) -> Result<Value, Refusal> {
    if value.is_null() || value.as_str() == Some("") {
        return Ok(if field.kind == Kind::Boolean { Value::Bool(false) } else { Value::Null });
    }
    match field.kind {
        Kind::Boolean => boolean(value).map(Value::Bool).ok_or_else(|| mismatch("boolean", value)),
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => number(field, value),
        Kind::Date => {
            let text = value.as_str().ok_or_else(|| mismatch("date", value))?;
            let date = text.get(..10).and_then(|day| day.parse::<civil::Date>().ok());
            let date = date.filter(|_| text.len() == 10 || read_datetime(text).is_some());
            date.map(|date| json!(date.to_string())).ok_or_else(|| mismatch("date", value))
        }
        Kind::Datetime => value
            .as_str()
            .and_then(read_datetime)
            .map(|at| json!(datetime(at)))
            .ok_or_else(|| mismatch("datetime", value)),
        Kind::Reference | Kind::Id => {
            let text = value.as_str().ok_or_else(|| mismatch("reference", value))?;
            ids::read(text).map(Value::String).ok_or_else(|| wrong_id(field, text))
        }
        _ => string(field, value),
    }
}

/// The refusal of an id that is none, or of another object.
pub(super) fn wrong_id(field: &Field, id: &str) -> Refusal {
    Refusal::saving(
        "MALFORMED_ID",
        format!("{}: id value of incorrect type: {id}", field.label),
        &[&field.name],
    )
}

fn string(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let text = value.as_str().ok_or_else(|| mismatch("string", value))?.trim_end();
    if field.kind == Kind::Email && !is_email(text) {
        return Err(Refusal::saving(
            "INVALID_EMAIL_ADDRESS",
            format!("{}: invalid email address: {text}", field.label),
            &[&field.name],
        ));
    }
    if field.length > 0 && text.encode_utf16().count() > field.length {
        return Err(Refusal::saving(
            "STRING_TOO_LONG",
            format!("{}: data value too large: {text} (max length={})", field.label, field.length),
            &[&field.name],
        ));
    }
    if field.restricted && field.kind == Kind::Picklist && !field.values.iter().any(|v| v == text) {
        return Err(bad_picklist_value(field, text));
    }
    Ok(json!(text))
}

pub(super) fn bad_picklist_value(field: &Field, value: &str) -> Refusal {
    Refusal::saving(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        format!("{}: bad value for restricted picklist field: {value}", field.label),
        &[&field.name],
    )
}

fn number(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let wanted = if field.kind == Kind::Int { "int" } else { "double" };
    let read = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    let read = read.ok_or_else(|| mismatch(wanted, value))?;
    if field.kind == Kind::Int && read.fract() != 0.0 {
        return Err(mismatch(wanted, value));
    }
    let places = 10_f64.powi(i32::try_from(field.scale).unwrap_or(0));
    let rounded = (read * places).round() / places;
    let whole_digits = i32::try_from(field.precision.saturating_sub(field.scale)).unwrap_or(18);
    if field.precision > 0 && rounded.abs() >= 10_f64.powi(whole_digits) {
        return Err(Refusal::saving(
            "NUMBER_OUTSIDE_VALID_RANGE",
            format!("{}: value outside of valid range on numeric field: {value}", field.label),
            &[&field.name],
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "an int of at most eight digits")]
    Ok(if field.kind == Kind::Int { json!(rounded as i64) } else { json!(rounded) })
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@', ',', ';', '<', '>']);
    let labels_fit = domain.split('.').all(plain) && domain.contains('.');
    plain(local) && labels_fit && !local.ends_with('.')
}

/// The parser's own refusal: the JSON value can't become the field's type.
fn mismatch(wanted: &str, value: &Value) -> Refusal {
    let token = match value {
        Value::Bool(true) => "VALUE_TRUE",
        Value::Bool(false) => "VALUE_FALSE",
        Value::Number(number) if number.is_f64() => "VALUE_NUMBER_FLOAT",
        Value::Number(_) => "VALUE_NUMBER_INT",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
        _ => "VALUE_STRING",
    };
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown = if value.is_object() || value.is_array() { "" } else { &shown };
    Refusal::new(
        "JSON_PARSER_ERROR",
        format!(
            "Cannot deserialize instance of {wanted} from {token} value {shown} or request may be missing a required field at [line:1, column:2]"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(field: &Field, value: &Value) -> String {
        coerce(field, value).unwrap_err().code.into_owned()
    }

    #[test]
    fn values_become_the_fields_type() {
        let whole = Field { precision: 3, ..Field::plain("Score__c", Kind::Double) };
        assert_eq!(coerce(&whole, &json!(50)).unwrap(), json!(50.0));
        assert_eq!(coerce(&whole, &json!("49.6")).unwrap(), json!(50.0));
        assert_eq!(refused(&whole, &json!("high")), "JSON_PARSER_ERROR");
        assert_eq!(refused(&whole, &json!(1000)), "NUMBER_OUTSIDE_VALID_RANGE");
        let flag = Field::plain("Callback__c", Kind::Boolean);
        assert_eq!(coerce(&flag, &json!("TRUE")).unwrap(), json!(true));
        assert_eq!(coerce(&flag, &Value::Null).unwrap(), json!(false));
        assert_eq!(refused(&flag, &json!("yes")), "JSON_PARSER_ERROR");
    }

    #[test]
    fn moments_are_read_in_every_form_the_api_takes() {
        let field = Field::plain("At__c", Kind::Datetime);
        for text in [
            "2026-11-22T15:00:00.000Z",
            "2026-11-22T15:00:00Z",
            "2026-11-22T15:00:00.000+0000",
            "2026-11-22T10:00:00-05:00",
        ] {
            assert_eq!(coerce(&field, &json!(text)).unwrap(), "2026-11-22T15:00:00.000+0000");
        }
        assert_eq!(refused(&field, &json!("tomorrow")), "JSON_PARSER_ERROR");
        let day = Field::plain("CloseDate", Kind::Date);
        assert_eq!(refused(&day, &json!("11/22/2026")), "JSON_PARSER_ERROR");
        assert_eq!(refused(&day, &json!("2026-02-30")), "JSON_PARSER_ERROR");
    }

    #[test]
    fn texts_are_measured_and_listed() {
        let short = Field { length: 3, ..Field::plain("City", Kind::String) };
        assert_eq!(refused(&short, &json!("Columbus")), "STRING_TOO_LONG");
        assert_eq!(refused(&short, &json!(614)), "JSON_PARSER_ERROR");
        let list = Field {
            restricted: true,
            values: vec!["HVAC".into()],
            ..Field::plain("Service__c", Kind::Picklist)
        };
        assert_eq!(refused(&list, &json!("hvac")), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
        let email = Field::plain("Email", Kind::Email);
        assert_eq!(refused(&email, &json!("maria at example.com")), "INVALID_EMAIL_ADDRESS");
        assert!(coerce(&email, &json!("maria@example.com")).is_ok());
    }
}

//! WHERE: a filter bound to the schema, so that it is refused before any record is looked at.

use jiff::tz::TimeZone;
use regex::Regex;
use serde_json::Value;

use super::{Filter, Literal, Operator, Path, lexer, moments, refuse, select};
use crate::sandbox::org::{
    Org,
    answer::Refusal,
    ids,
    records::Row,
    schema::{Field, Kind, Object},
    validate::{datetime, read_datetime},
};

/// The way to a value: references to follow, then the field.
#[derive(Clone, Debug)]
pub(in crate::sandbox::org) struct Route {
    pub references: Vec<String>,
    pub field: Field,
}

/// A value made comparable. Text without regard to case; days and moments are text.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(in crate::sandbox::org) enum Key {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// A filter ready for records.
#[derive(Debug)]
pub(in crate::sandbox::org) enum Bound {
    All(Vec<Bound>),
    Any(Vec<Bound>),
    Not(Box<Bound>),
    Compare { route: Route, operator: Operator, key: Option<Key> },
    Span { route: Route, operator: Operator, from: Key, to: Key },
    Like { route: Route, pattern: Regex },
    In { route: Route, not: bool, keys: Vec<Option<Key>> },
}

impl Org {
    /// Finds the way from `object` along `path`.
    pub(in crate::sandbox::org) fn route(
        &self,
        query: &str,
        object: &Object,
        path: &Path,
    ) -> Result<Route, Refusal> {
        let mut here = object;
        let mut references = Vec::new();
        let mut steps = path.steps.as_slice();
        // A query may say `Lead.Name` for its own field.
        if steps.len() > 1
            && steps[0].eq_ignore_ascii_case(&object.name)
            && object.parent(&steps[0]).is_none()
        {
            steps = &steps[1..];
        }
        let Some((last, relationships)) = steps.split_last() else {
            return Err(refuse("MALFORMED_QUERY", query, path.at, "unexpected token"));
        };
        for relationship in relationships {
            let reference = here.parent(relationship).ok_or_else(|| {
                let message = format!(
                    "Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
                );
                refuse("INVALID_FIELD", query, path.at, &message)
            })?;
            references.push(reference.name.clone());
            let target = reference.to.first().and_then(|name| self.schema.object(name));
            here = target.ok_or_else(Refusal::not_found)?;
        }
        let field = here.field(last).ok_or_else(|| {
            let message = format!(
                "No such column '{last}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
                here.name
            );
            refuse("INVALID_FIELD", query, path.at, &message)
        })?;
        Ok(Route { references, field: field.clone() })
    }

    /// The value at the end of the way.
    pub(in crate::sandbox::org) fn value_at<'a>(
        &'a self,
        row: &'a Row,
        route: &Route,
    ) -> &'a Value {
        let mut here = row;
        for reference in &route.references {
            let id = here.get(reference).and_then(Value::as_str).unwrap_or_default();
            let target = self.schema.object_of(id);
            match target.and_then(|object| self.tables.get(&object.name, id)) {
                Some(parent) => here = parent,
                None => return &Value::Null,
            }
        }
        here.get(&route.field.name).unwrap_or(&Value::Null)
    }

    /// Makes a filter ready for records of `object`.
    pub(in crate::sandbox::org) fn bind(
        &self,
        query: &str,
        object: &Object,
        filter: &Filter,
    ) -> Result<Bound, Refusal> {
        let all = |filters: &[Filter]| {
            filters
                .iter()
                .map(|filter| self.bind(query, object, filter))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match filter {
            Filter::And(filters) => Bound::All(all(filters)?),
            Filter::Or(filters) => Bound::Any(all(filters)?),
            Filter::Not(inner) => Bound::Not(Box::new(self.bind(query, object, inner)?)),
            Filter::Compare { path, operator, value } => {
                let route = self.filter_route(query, object, path)?;
                self.bind_comparison(query, path, route, *operator, value)?
            }
            Filter::In { path, not, values } => {
                let route = self.filter_route(query, object, path)?;
                let keys = values.iter().map(|value| literal_key(&route.field, value));
                Bound::In { not: *not, keys: keys.collect::<Result<_, _>>()?, route }
            }
            Filter::InQuery { path, not, query: inner } => {
                let route = self.filter_route(query, object, path)?;
                let keys = select::column(self, query, inner)?.into_iter().map(Some).collect();
                Bound::In { route, not: *not, keys }
            }
        })
    }

    fn filter_route(&self, query: &str, object: &Object, path: &Path) -> Result<Route, Refusal> {
        let route = self.route(query, object, path)?;
        if route.field.is_filterable() {
            return Ok(route);
        }
        let message = format!("field '{}' can not be filtered in a query call", route.field.name);
        Err(refuse("INVALID_FIELD", query, path.at, &message))
    }

    fn bind_comparison(
        &self,
        query: &str,
        path: &Path,
        route: Route,
        operator: Operator,
        value: &Literal,
    ) -> Result<Bound, Refusal> {
        if operator == Operator::Like {
            return match (value, route.field.kind) {
                (
                    Literal::Text(raw),
                    Kind::String
                    | Kind::Phone
                    | Kind::Email
                    | Kind::Url
                    | Kind::Textarea
                    | Kind::Picklist
                    | Kind::Combobox,
                ) => {
                    let pattern = Regex::new(&lexer::like_pattern(raw));
                    let pattern =
                        pattern.map_err(|_| Refusal::new("MALFORMED_QUERY", "bad LIKE"))?;
                    Ok(Bound::Like { route, pattern })
                }
                _ => {
                    Err(refuse("INVALID_QUERY_FILTER_OPERATOR", query, path.at, "invalid operator"))
                }
            };
        }
        let days = matches!(route.field.kind, Kind::Date | Kind::Datetime);
        if let (Literal::Bare(bare), true) = (value, days) {
            let today = self.now().to_zoned(TimeZone::UTC).date();
            if let Some((from, to)) = moments::span(bare, today) {
                let key = |date: jiff::civil::Date| {
                    Key::Text(if route.field.kind == Kind::Date {
                        date.to_string()
                    } else {
                        format!("{date}t00:00:00.000+0000")
                    })
                };
                let (from, to) = (key(from), key(to));
                return Ok(Bound::Span { route, operator, from, to });
            }
        }
        let key = literal_key(&route.field, value)?;
        Ok(Bound::Compare { route, operator, key })
    }

    /// Whether the record fulfils the filter.
    pub(in crate::sandbox::org) fn fulfils(&self, row: &Row, filter: &Bound) -> bool {
        let held = |route: &Route| key_of(route.field.kind, self.value_at(row, route));
        match filter {
            Bound::All(filters) => filters.iter().all(|filter| self.fulfils(row, filter)),
            Bound::Any(filters) => filters.iter().any(|filter| self.fulfils(row, filter)),
            Bound::Not(filter) => !self.fulfils(row, filter),
            Bound::Like { route, pattern } => {
                self.value_at(row, route).as_str().is_some_and(|text| pattern.is_match(text))
            }
            Bound::In { route, not, keys } => keys.contains(&held(route)) != *not,
            Bound::Compare { route, operator, key } => {
                compare(held(route).as_ref(), *operator, key.as_ref())
            }
            Bound::Span { route, operator, from, to } => {
                let Some(held) = held(route) else { return *operator == Operator::NotEqual };
                match operator {
                    Operator::Equal => held >= *from && held < *to,
                    Operator::NotEqual => held < *from || held >= *to,
                    Operator::Less => held < *from,
                    Operator::LessOrEqual => held < *to,
                    Operator::Greater => held >= *to,
                    _ => held >= *from,
                }
            }
        }
    }
}

fn compare(held: Option<&Key>, operator: Operator, wanted: Option<&Key>) -> bool {
    match (operator, held, wanted) {
        (Operator::Equal, held, wanted) => held == wanted,
        (Operator::NotEqual, held, wanted) => held != wanted,
        (Operator::Less, Some(held), Some(wanted)) => held < wanted,
        (Operator::LessOrEqual, Some(held), Some(wanted)) => held <= wanted,
        (Operator::Greater, Some(held), Some(wanted)) => held > wanted,
        (Operator::GreaterOrEqual, Some(held), Some(wanted)) => held >= wanted,
        _ => false,
    }
}

/// A record's value, made comparable.
pub(in crate::sandbox::org) fn key_of(kind: Kind, value: &Value) -> Option<Key> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Key::Flag(*flag)),
        Value::Number(number) => number.as_f64().map(Key::Number),
        // Ids differ by case alone.
        Value::String(id) if matches!(kind, Kind::Id | Kind::Reference) => {
            Some(Key::Text(id.clone()))
        }
        Value::String(text) => Some(Key::Text(text.to_lowercase())),
        _ => None,
    }
}

/// A literal as the field's kind of value; refused when it can't be one.
fn literal_key(field: &Field, literal: &Literal) -> Result<Option<Key>, Refusal> {
    let wrong = |quoted: bool| {
        let hint = if quoted {
            "should be enclosed in quotes"
        } else {
            "should not be enclosed in quotes"
        };
        let wanted = match field.kind {
            Kind::Datetime => "dateTime",
            Kind::Combobox
            | Kind::Picklist
            | Kind::Phone
            | Kind::Email
            | Kind::Url
            | Kind::Textarea => "string",
            Kind::Currency | Kind::Percent => "double",
            other => other.name(),
        };
        let message = format!(
            "value of filter criterion for field '{}' must be of type {wanted} and {hint}",
            field.name
        );
        Refusal::new("INVALID_FIELD", message)
    };
    let bare = match literal {
        Literal::Null => return Ok(None),
        Literal::Text(raw) => {
            let text = lexer::unescaped(raw);
            return match field.kind {
                Kind::Id | Kind::Reference if text.is_empty() => Ok(None),
                Kind::Id | Kind::Reference => {
                    ids::read(&text).map(Key::Text).map(Some).ok_or_else(|| {
                        let message = format!("invalid ID field: {text}");
                        Refusal::new("INVALID_QUERY_FILTER_OPERATOR", message)
                    })
                }
                Kind::Boolean
                | Kind::Int
                | Kind::Double
                | Kind::Currency
                | Kind::Percent
                | Kind::Date
                | Kind::Datetime => Err(wrong(false)),
                _ if text.is_empty() => Ok(None),
                _ => Ok(Some(Key::Text(text.to_lowercase()))),
            };
        }
        Literal::Bare(bare) => bare,
    };
    let key = match field.kind {
        Kind::Boolean if bare.eq_ignore_ascii_case("true") => Some(Key::Flag(true)),
        Kind::Boolean if bare.eq_ignore_ascii_case("false") => Some(Key::Flag(false)),
        kind if kind.is_number() => bare.parse().ok().map(Key::Number),
        Kind::Date => bare
            .parse::<jiff::civil::Date>()
            .ok()
            .filter(|_| bare.len() == 10)
            .map(|d| Key::Text(d.to_string())),
        Kind::Datetime if bare.len() > 10 => {
            read_datetime(bare).map(|at| Key::Text(datetime(at).to_lowercase()))
        }
        _ => None,
    };
    let quoted = !matches!(field.kind, Kind::Boolean | Kind::Date | Kind::Datetime)
        && !field.kind.is_number();
    key.map(Some).ok_or_else(|| wrong(quoted))
}

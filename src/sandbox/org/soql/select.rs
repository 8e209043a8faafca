//! SELECT: the records of a query, shaped as asked, or their aggregates.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Map, Value, json};

use super::{
    Item, Path, Query,
    filter::{Key, Route, key_of},
    refuse,
};
use crate::sandbox::org::{
    Org,
    answer::Refusal,
    records::{Row, is_deleted},
    rest::attributes,
    schema::Object,
};

/// Runs a query: how many records it found, and those it shows.
pub(super) fn run(
    org: &Org,
    text: &str,
    query: &Query,
    with_deleted: bool,
    version: u32,
) -> Result<(usize, Vec<Value>), Refusal> {
    let object = object_of(org, query)?;
    let rows = matching(org, text, query, object, Among::All { with_deleted })?;
    if let [Item::Aggregate { function, path: None, .. }] = query.select.as_slice()
        && function == "COUNT"
        && query.group.is_empty()
    {
        return Ok((rows.len(), Vec::new()));
    }
    let shown = if query.select.iter().any(|item| matches!(item, Item::Aggregate { .. }))
        || !query.group.is_empty()
    {
        aggregate(org, text, query, object, &rows)?
    } else {
        let shape = Shape::of(org, text, query, object)?;
        rows.iter().map(|row| shape.show(org, row, object, version)).collect::<Result<_, _>>()?
    };
    Ok((shown.len(), shown))
}

/// Runs a query over these records only, for searches.
pub(super) fn run_among(
    org: &Org,
    text: &str,
    query: &Query,
    ids: &BTreeSet<String>,
    version: u32,
) -> Result<Vec<Value>, Refusal> {
    let object = object_of(org, query)?;
    let shape = Shape::of(org, text, query, object)?;
    let rows = matching(org, text, query, object, Among::These(ids))?;
    rows.iter().map(|row| shape.show(org, row, object, version)).collect()
}

/// The values of the one field an inner query selects.
pub(super) fn column(org: &Org, text: &str, query: &Query) -> Result<Vec<Key>, Refusal> {
    let object = object_of(org, query)?;
    let [Item::Field(path)] = query.select.as_slice() else {
        return Err(Refusal::new(
            "MALFORMED_QUERY",
            "The inner select must select exactly one field",
        ));
    };
    let route = org.route(text, object, path)?;
    let rows = matching(org, text, query, object, Among::All { with_deleted: false })?;
    Ok(rows.iter().filter_map(|row| key_of(route.field.kind, org.value_at(row, &route))).collect())
}

fn object_of<'a>(org: &'a Org, query: &Query) -> Result<&'a Object, Refusal> {
    org.schema.object(&query.from).ok_or_else(|| {
        Refusal::new(
            "INVALID_TYPE",
            format!(
                "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
                query.from
            ),
        )
    })
}

/// The records a query looks at.
#[derive(Clone, Copy)]
enum Among<'a> {
    All { with_deleted: bool },
    ChildrenOf { field: &'a str, id: &'a str },
    These(&'a BTreeSet<String>),
}

impl Among<'_> {
    fn has(self, row: &Row) -> bool {
        let is = |field: &str, id: &str| row.get(field).and_then(Value::as_str) == Some(id);
        match self {
            Self::All { with_deleted } => with_deleted || !is_deleted(row),
            Self::ChildrenOf { field, id } => !is_deleted(row) && is(field, id),
            Self::These(ids) => {
                row.get("Id").and_then(Value::as_str).is_some_and(|id| ids.contains(id))
            }
        }
    }
}

/// The records that fulfil the query, in its order, after offset and limit.
fn matching<'a>(
    org: &'a Org,
    text: &str,
    query: &Query,
    object: &Object,
    among: Among<'_>,
) -> Result<Vec<&'a Row>, Refusal> {
    let filter = query.filter.as_ref().map(|filter| org.bind(text, object, filter)).transpose()?;
    let order = query
        .order
        .iter()
        .map(|order| org.route(text, object, &order.path).map(|route| (route, order)))
        .collect::<Result<Vec<_>, _>>();
    // An aggregate may be ordered by its alias, which is no field.
    let order = if query.group.is_empty() { order? } else { order.unwrap_or_default() };
    let mut rows: Vec<&Row> = org
        .tables
        .of(&object.name)
        .filter(|row| among.has(row))
        .filter(|row| filter.as_ref().is_none_or(|filter| org.fulfils(row, filter)))
        .collect();
    rows.sort_by(|left, right| {
        let by = |(route, order): &(Route, &super::Order)| {
            let key = |row| key_of(route.field.kind, org.value_at(row, route));
            match (key(left), key(right)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) if order.nulls_last => Ordering::Greater,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) if order.nulls_last => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(left), Some(right)) => {
                    let order_of = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
                    if order.descending { order_of.reverse() } else { order_of }
                }
            }
        };
        order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    if !query.group.is_empty() {
        return Ok(rows);
    }
    let limit = query.limit.unwrap_or(usize::MAX);
    Ok(rows.into_iter().skip(query.offset).take(limit).collect())
}

/// What of a record is shown.
struct Shape<'a> {
    routes: Vec<(Vec<String>, Route)>,
    children: Vec<(String, String, &'a Object, &'a Query)>,
    text: &'a str,
}

impl<'a> Shape<'a> {
    fn of(
        org: &'a Org,
        text: &'a str,
        query: &'a Query,
        object: &'a Object,
    ) -> Result<Self, Refusal> {
        let mut shape = Self { routes: Vec::new(), children: Vec::new(), text };
        for item in &query.select {
            match item {
                Item::Field(path) => shape.add(org, object, path)?,
                Item::Fields(which) => {
                    let wanted = object.fields().filter(|field| match which.as_str() {
                        "STANDARD" => !field.is_custom(),
                        "CUSTOM" => field.is_custom(),
                        _ => true,
                    });
                    for field in wanted {
                        shape.add(org, object, &Path { steps: vec![field.name.clone()], at: 0 })?;
                    }
                }
                Item::Children(inner) => {
                    let (child, field) = org.child_of(object, &inner.from).ok_or_else(|| {
                        let message = format!(
                            "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.",
                            inner.from
                        );
                        refuse("INVALID_TYPE", text, 0, &message)
                    })?;
                    shape.children.push((inner.from.clone(), field, child, inner.as_ref()));
                }
                Item::Aggregate { .. } => {}
            }
        }
        Ok(shape)
    }

    fn add(&mut self, org: &Org, object: &Object, path: &Path) -> Result<(), Refusal> {
        let route = org.route(self.text, object, path)?;
        if self.routes.iter().any(|(_, known)| {
            known.references == route.references && known.field.name == route.field.name
        }) {
            let message = format!("duplicate field selected: {}", path.steps.join("."));
            return Err(Refusal::new("INVALID_FIELD", message));
        }
        // The names the answer uses: the relationship's own spelling.
        let mut here = object;
        let mut names = Vec::new();
        for reference in &route.references {
            if let Some(field) = here.field(reference) {
                names.push(field.relationship.clone().unwrap_or_default());
                here = field.to.first().and_then(|name| org.schema.object(name)).unwrap_or(here);
            }
        }
        self.routes.push((names, route));
        Ok(())
    }

    fn show(&self, org: &Org, row: &Row, object: &Object, version: u32) -> Result<Value, Refusal> {
        let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
        let mut shown = Map::new();
        shown.insert("attributes".to_owned(), attributes(version, &object.name, id));
        for (names, route) in &self.routes {
            place(org, &mut shown, row, names, route, version);
        }
        for (name, field, child, query) in &self.children {
            let rows = matching(org, self.text, query, child, Among::ChildrenOf { field, id })?;
            let shape = Shape::of(org, self.text, query, child)?;
            let records = rows
                .iter()
                .map(|row| shape.show(org, row, child, version))
                .collect::<Result<Vec<_>, _>>()?;
            let value = if records.is_empty() {
                Value::Null
            } else {
                json!({ "totalSize": records.len(), "done": true, "records": records })
            };
            shown.insert(name.clone(), value);
        }
        Ok(Value::Object(shown))
    }
}

/// Puts a value into the record shown, under its parents' names.
fn place(
    org: &Org,
    shown: &mut Map<String, Value>,
    row: &Row,
    names: &[String],
    route: &Route,
    version: u32,
) {
    let (Some((name, deeper)), Some((reference, references))) =
        (names.split_first(), route.references.split_first())
    else {
        shown.insert(
            route.field.name.clone(),
            row.get(&route.field.name).cloned().unwrap_or_default(),
        );
        return;
    };
    let id = row.get(reference).and_then(Value::as_str).unwrap_or_default();
    let parent = org
        .schema
        .object_of(id)
        .and_then(|object| Some((object, org.tables.get(&object.name, id)?)));
    let Some((object, parent)) = parent else {
        shown.insert(name.clone(), Value::Null);
        return;
    };
    let inner = shown
        .entry(name.clone())
        .or_insert_with(|| json!({ "attributes": attributes(version, &object.name, id) }));
    if let Value::Object(inner) = inner {
        let route = Route { references: references.to_vec(), field: route.field.clone() };
        place(org, inner, parent, deeper, &route, version);
    }
}

fn aggregate(
    org: &Org,
    text: &str,
    query: &Query,
    object: &Object,
    rows: &[&Row],
) -> Result<Vec<Value>, Refusal> {
    let group = query
        .group
        .iter()
        .map(|path| org.route(text, object, path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    if group.is_empty() {
        groups.insert(String::new(), rows.to_vec());
    }
    for row in rows.iter().filter(|_| !group.is_empty()) {
        let values: Vec<&Value> = group.iter().map(|route| org.value_at(row, route)).collect();
        groups.entry(json!(values).to_string()).or_default().push(row);
    }
    let mut shown = Vec::new();
    for rows in groups.values() {
        let mut result = Map::new();
        result.insert("attributes".to_owned(), json!({ "type": "AggregateResult" }));
        let mut unnamed = 0;
        for item in &query.select {
            match item {
                Item::Field(path) => {
                    let route = org.route(text, object, path)?;
                    let grouped = |known: &Route| {
                        known.field.name == route.field.name && known.references == route.references
                    };
                    if !group.iter().any(grouped) {
                        let message = format!(
                            "Field must be grouped or aggregated: {}",
                            path.steps.join(".")
                        );
                        return Err(refuse("MALFORMED_QUERY", text, path.at, &message));
                    }
                    let value = rows.first().map(|row| org.value_at(row, &route).clone());
                    result.insert(route.field.name.clone(), value.unwrap_or_default());
                }
                Item::Aggregate { function, path, alias } => {
                    let name = alias.clone().unwrap_or_else(|| {
                        unnamed += 1;
                        format!("expr{}", unnamed - 1)
                    });
                    let route =
                        path.as_ref().map(|path| org.route(text, object, path)).transpose()?;
                    result.insert(name, compute(org, function, route.as_ref(), rows));
                }
                Item::Fields(_) | Item::Children(_) => {}
            }
        }
        shown.push(Value::Object(result));
    }
    let limit = query.limit.unwrap_or(usize::MAX);
    Ok(shown.into_iter().skip(query.offset).take(limit).collect())
}

fn compute(org: &Org, function: &str, route: Option<&Route>, rows: &[&Row]) -> Value {
    let Some(route) = route else { return json!(rows.len()) };
    let values: Vec<&Value> =
        rows.iter().map(|row| org.value_at(row, route)).filter(|value| !value.is_null()).collect();
    let numbers = || values.iter().filter_map(|value| value.as_f64());
    let key = |value: &&&Value| key_of(route.field.kind, value);
    let by_key = |left: &&&Value, right: &&&Value| {
        key(left).partial_cmp(&key(right)).unwrap_or(Ordering::Equal)
    };
    match function {
        "COUNT" => json!(values.len()),
        "COUNT_DISTINCT" => {
            let distinct: BTreeSet<String> =
                values.iter().map(|value| value.to_string().to_lowercase()).collect();
            json!(distinct.len())
        }
        "SUM" => json!(numbers().sum::<f64>()),
        "AVG" if numbers().next().is_none() => Value::Null,
        #[expect(clippy::cast_precision_loss, reason = "counts of records are small")]
        "AVG" => json!(numbers().sum::<f64>() / numbers().count() as f64),
        "MIN" => values.iter().min_by(by_key).map_or(Value::Null, |value| (*value).clone()),
        _ => values.iter().max_by(by_key).map_or(Value::Null, |value| (*value).clone()),
    }
}

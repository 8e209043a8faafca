//! The records of the org, their unique values, and the way back from a half-done transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::ids;

/// One record: field name to value. Every field of the object is there, empty ones as null.
pub(super) type Row = Map<String, Value>;

/// All records by object.
#[derive(Debug, Default)]
pub(super) struct Tables {
    rows: HashMap<String, BTreeMap<String, Row>>,
    /// (object, field) to value (lower case) to ids, for the fields an upsert may name.
    finders: HashMap<(String, String), HashMap<String, BTreeSet<String>>>,
    counters: HashMap<String, u64>,
    undo: Vec<Undo>,
    changes: u64,
}

#[derive(Debug)]
struct Undo {
    object: String,
    id: String,
    before: Option<Row>,
}

/// A point in time to which [`Tables::roll_back`] leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    undo: usize,
    changes: u64,
}

impl Tables {
    pub(super) fn of(&self, object: &str) -> impl Iterator<Item = &Row> {
        self.rows.get(object).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn get(&self, object: &str, id: &str) -> Option<&Row> {
        self.rows.get(object)?.get(id)
    }

    /// How many changes were made and not rolled back.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// A new id for a record of an object with `prefix`.
    pub(super) fn next_id(&mut self, prefix: &str, instance: &str) -> String {
        let number = self.counters.entry(prefix.to_owned()).or_insert(0);
        *number += 1;
        ids::make(prefix, instance, 130_000_000 + *number * 37)
    }

    /// Lets records be found by the values of `field`.
    pub(super) fn index(&mut self, object: &str, field: &str) {
        let mut finder: HashMap<String, BTreeSet<String>> = HashMap::new();
        for (id, row) in self.rows.get(object).into_iter().flatten() {
            if let Some(key) = key_of(row.get(field)) {
                finder.entry(key).or_default().insert(id.clone());
            }
        }
        self.finders.insert((object.to_owned(), field.to_owned()), finder);
    }

    /// The records that hold `value` in an indexed field, deleted ones left out.
    pub(super) fn find(&self, object: &str, field: &str, value: &str) -> Vec<String> {
        let finder = self.finders.get(&(object.to_owned(), field.to_owned()));
        let found = finder.and_then(|finder| finder.get(&value.to_lowercase()));
        let alive = |id: &&String| self.get(object, id).is_some_and(|row| !is_deleted(row));
        found.into_iter().flatten().filter(alive).cloned().collect()
    }

    /// Writes a record, new or changed.
    pub(super) fn put(&mut self, object: &str, id: &str, row: Row) {
        let before = self.swap(object, id, Some(row));
        self.changes += 1;
        self.undo.push(Undo { object: object.to_owned(), id: id.to_owned(), before });
    }

    fn swap(&mut self, object: &str, id: &str, row: Option<Row>) -> Option<Row> {
        let before = self.rows.get(object).and_then(|rows| rows.get(id)).cloned();
        for ((of, field), finder) in self.finders.iter_mut().filter(|((of, _), _)| of == object) {
            debug_assert_eq!(of, object);
            let old = key_of(before.as_ref().and_then(|row| row.get(field)));
            let new = key_of(row.as_ref().and_then(|row| row.get(field)));
            if old == new {
                continue;
            }
            if let Some(key) = old
                && let Some(ids) = finder.get_mut(&key)
            {
                ids.remove(id);
                if ids.is_empty() {
                    finder.remove(&key);
                }
            }
            if let Some(key) = new {
                finder.entry(key).or_default().insert(id.to_owned());
            }
        }
        let rows = self.rows.entry(object.to_owned()).or_default();
        match row {
            Some(row) => rows.insert(id.to_owned(), row),
            None => rows.remove(id),
        };
        before
    }

    /// Here a transaction begins.
    pub(super) fn mark(&self) -> Mark {
        Mark { undo: self.undo.len(), changes: self.changes }
    }

    /// Undoes everything since `mark`.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        while self.undo.len() > mark.undo {
            if let Some(Undo { object, id, before }) = self.undo.pop() {
                self.swap(&object, &id, before);
            }
        }
        self.changes = mark.changes;
    }

    /// Ends the transaction of a request: nothing before this can be rolled back any more.
    pub(super) fn commit(&mut self) {
        self.undo.clear();
    }
}

fn key_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_lowercase)
}

/// Whether the record lies in the recycle bin.
pub(super) fn is_deleted(row: &Row) -> bool {
    row.get("IsDeleted") == Some(&Value::Bool(true))
}

/// The text of a field, empty when it has none.
pub(super) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(external: &str) -> Row {
        json!({ "Ext": external, "IsDeleted": false }).as_object().unwrap().clone()
    }

    #[test]
    fn rolling_back_restores_rows_and_finders() {
        let mut tables = Tables::default();
        tables.index("Lead", "Ext");
        tables.put("Lead", "1", row("a"));
        tables.commit();
        let mark = tables.mark();
        tables.put("Lead", "1", row("b"));
        tables.put("Lead", "2", row("a"));
        assert_eq!(tables.find("Lead", "Ext", "A"), ["2"]);
        tables.roll_back(mark);
        assert_eq!(tables.find("Lead", "Ext", "a"), ["1"]);
        assert_eq!(tables.find("Lead", "Ext", "b"), Vec::<String>::new());
        assert_eq!((tables.of("Lead").count(), tables.changes()), (1, 1));
    }
}

//! From a journal in a file to one in PostgreSQL, row by row, and looked over afterwards.
//!
//! Tables and columns are taken from the file as they are, so that whatever the journal holds goes
//! along. Until all of it is there and was compared, no hub can open the new journal; a transfer
//! that was interrupted begins anew.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection, Row, Transaction, query::Query};

use super::{Journal, StoreError, call_id, postgres::Postgres, sqlite::Sqlite};

/// Rows copied by one statement.
const ROWS: usize = 2000;

/// Calls compared at once.
const CALLS: usize = 500;

/// Under which name the new journal keeps that it is not whole yet.
pub(super) const UNFINISHED: &str = "transfer.unfinished";

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done: `events`, `compared calls`.
    pub what: String,
    /// So many.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// Why a transfer did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Only one way is known.
    #[error("a journal goes from a file to PostgreSQL, and no other way")]
    Direction,
    /// There are calls already.
    #[error("there are calls in the new journal already; give it an empty database")]
    NotEmpty,
    /// The new journal has no place for something.
    #[error("the new journal has no table {0}")]
    NoTable(String),
    /// What arrived is not what was sent.
    #[error("what arrived is not what was sent ({0}); nothing is to be used of it, try again")]
    Differs(String),
    /// A journal.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> Self {
        Self::Journal(error.into())
    }
}

/// Copies everything in `from` to `to` and compares it. Returns the rows of each table.
///
/// # Errors
/// A [`TransferError`]; `from` is never changed.
pub async fn transfer(
    from: &Journal,
    to: &Journal,
    tell: &mut dyn FnMut(Progress),
) -> Result<BTreeMap<String, u64>, TransferError> {
    let (Journal::Sqlite(file), Journal::Postgres(database)) = (from, to) else {
        return Err(TransferError::Direction);
    };
    let tables = tables(file).await?;
    begin(database, &tables).await?;
    let mut copied = BTreeMap::new();
    for table in tables {
        let rows = copy(file, database, &table, tell).await?;
        copied.insert(table, rows);
    }
    compare(from, to, tell).await?;
    let mut transaction = database.begin().await?;
    run(&mut transaction, format!("DELETE FROM kept WHERE name = '{UNFINISHED}'")).await?;
    run(&mut transaction, "ANALYZE events, calls, writes, attempts".to_owned()).await?;
    transaction.commit().await?;
    Ok(copied)
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

async fn tables(file: &Sqlite) -> Result<Vec<String>, sqlx::Error> {
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                 AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name";
    let rows = sqlx::query(query).fetch_all(&file.readers).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Empties what an earlier try left, and bars the door.
async fn begin(database: &Postgres, tables: &[String]) -> Result<(), TransferError> {
    let mut transaction = database.begin().await?;
    let query = format!(
        "SELECT EXISTS (SELECT FROM calls), EXISTS (SELECT FROM kept WHERE name = '{UNFINISHED}')"
    );
    let row =
        sqlx::query(AssertSqlSafe(query)).persistent(false).fetch_one(&mut *transaction).await?;
    let (filled, unfinished): (bool, bool) = (row.get(0), row.get(1));
    if filled && !unfinished {
        return Err(TransferError::NotEmpty);
    }
    for table in tables {
        if columns(&mut transaction, table).await?.is_empty() {
            return Err(TransferError::NoTable(table.clone()));
        }
        // What says how the database itself is made stays. The rest goes in one piece: row by row
        // the log would refuse to be shortened, as it must.
        let empty = match table.as_str() {
            "kept" => "DELETE FROM kept WHERE name NOT LIKE 'schema.%'".to_owned(),
            table => format!("TRUNCATE \"{table}\""),
        };
        run(&mut transaction, empty).await?;
    }
    run(&mut transaction, format!("INSERT INTO kept VALUES ('{UNFINISHED}', 'yes')")).await?;
    transaction.commit().await?;
    Ok(())
}

/// A table's columns with their types, in the new journal.
async fn columns(
    transaction: &mut Transaction<'_, sqlx::Postgres>,
    table: &str,
) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let query = "SELECT column_name::text, data_type::text FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = $1";
    let rows =
        sqlx::query(query).bind(table).persistent(false).fetch_all(&mut **transaction).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn copy(
    file: &Sqlite,
    database: &Postgres,
    table: &str,
    tell: &mut dyn FnMut(Progress),
) -> Result<u64, TransferError> {
    let info = sqlx::query("SELECT name FROM pragma_table_info(?) ORDER BY cid").bind(table);
    let names: Vec<String> =
        info.fetch_all(&file.readers).await?.iter().map(|row| row.get(0)).collect();
    let mut transaction = database.pool.begin().await?;
    let types = columns(&mut transaction, table).await?;
    transaction.commit().await?;
    if let Some(name) = names.iter().find(|name| !types.contains_key(*name)) {
        return Err(TransferError::NoTable(format!("{table} with a column {name}")));
    }
    let quoted = |name: &String| format!("\"{name}\"");
    let list = names.iter().map(quoted).collect::<Vec<_>>().join(", ");
    let texts = names.iter().map(|name| format!("CAST(\"{name}\" AS TEXT)")).collect::<Vec<_>>();
    let casts = names.iter().map(|name| format!("\"{name}\"::{}", types[name])).collect::<Vec<_>>();
    let arrays = (1..=names.len()).map(|n| format!("${n}::text[]")).collect::<Vec<_>>();
    let insert = format!(
        "INSERT INTO \"{table}\" ({list}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS row ({list})",
        casts.join(", "),
        arrays.join(", ")
    );
    let count = format!("SELECT count(*) FROM \"{table}\"");
    let total: i64 =
        sqlx::query(AssertSqlSafe(count.clone())).fetch_one(&file.readers).await?.get(0);
    let total = u64::try_from(total).unwrap_or(0);
    // In the order of the first column, which is each table's own: events come as they were.
    let select = format!("SELECT {} FROM \"{table}\" ORDER BY \"{}\"", texts.join(", "), names[0]);
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&file.readers);
    let mut page: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    let mut done = 0;
    loop {
        let row = rows.try_next().await?;
        if let Some(row) = &row {
            for (place, column) in page.iter_mut().enumerate() {
                column.push(row.get(place));
            }
        }
        if page[0].len() == ROWS || (row.is_none() && !page[0].is_empty()) {
            done += page[0].len() as u64;
            let mut query: Query<_, _> = sqlx::query(AssertSqlSafe(insert.clone()));
            for column in &mut page {
                query = query.bind(std::mem::take(column));
            }
            let mut transaction = database.begin().await?;
            query.persistent(false).execute(&mut *transaction).await?;
            transaction.commit().await?;
            tell(Progress { what: table.to_owned(), done, total });
        }
        if row.is_none() {
            break;
        }
    }
    finish(database, table, &types).await?;
    let mut transaction = database.pool.begin().await?;
    let kept = if table == "kept" {
        format!(" WHERE name NOT IN ('{UNFINISHED}') AND name NOT LIKE 'schema.%'")
    } else {
        String::new()
    };
    let arrived: i64 = sqlx::query(AssertSqlSafe(format!("{count}{kept}")))
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?
        .get(0);
    transaction.commit().await?;
    match u64::try_from(arrived) == Ok(total) {
        true => Ok(total),
        false => Err(TransferError::Differs(format!("{arrived} of {total} rows of {table}"))),
    }
}

/// What the new journal has beside the rows themselves: numbers that go on where they were, and
/// revisions.
async fn finish(
    database: &Postgres,
    table: &str,
    types: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    if types.contains_key("seq") {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'seq'), max(seq)) FROM \"{table}\"
             HAVING max(seq) IS NOT NULL AND pg_get_serial_sequence('{table}', 'seq') IS NOT NULL"
        );
        run(&mut transaction, next).await?;
    }
    if table == "calls" {
        run(&mut transaction, "UPDATE calls SET revision = 1 WHERE revision = 0".to_owned())
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Reads every call from both, as a hub does.
async fn compare(
    from: &Journal,
    to: &Journal,
    tell: &mut dyn FnMut(Progress),
) -> Result<(), TransferError> {
    let Journal::Sqlite(file) = from else { return Err(TransferError::Direction) };
    let rows = sqlx::query("SELECT id FROM calls ORDER BY id").fetch_all(&file.readers).await?;
    let ids = rows.iter().map(|row| call_id(row.get(0))).collect::<Result<Vec<_>, _>>()?;
    let (mut done, total) = (0, ids.len() as u64);
    for ids in ids.chunks(CALLS) {
        let (ours, theirs) = (from.load(ids).await?, to.load(ids).await?);
        if ours.len() != theirs.len() {
            let message = format!("{} of {} calls", theirs.len(), ours.len());
            return Err(TransferError::Differs(message));
        }
        for (one, mut other) in ours.into_iter().zip(theirs) {
            other.row.revision = one.row.revision;
            let same =
                (&one.row, &one.events, &one.writes) == (&other.row, &other.events, &other.writes);
            if !same {
                return Err(TransferError::Differs(format!("call {}", one.row.id)));
            }
        }
        done += ids.len() as u64;
        tell(Progress { what: "compared calls".to_owned(), done, total });
    }
    Ok(())
}

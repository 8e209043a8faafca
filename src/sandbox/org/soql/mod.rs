//! SOQL: what our queries and a person's need of it, with Salesforce's refusals for the rest.

mod filter;
mod lexer;
mod moments;
mod parser;
mod select;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    wire::Request,
};

/// A field reached over relationships: `Account.Owner.Name`, and where it stands in the query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub steps: Vec<String>,
    pub at: usize,
}

/// A query, as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub select: Vec<Item>,
    pub from: String,
    pub filter: Option<Filter>,
    pub group: Vec<Path>,
    pub order: Vec<Order>,
    pub limit: Option<usize>,
    pub offset: usize,
    pub all_rows: bool,
}

/// One thing selected.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Field(Path),
    /// `FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`.
    Fields(String),
    Aggregate {
        function: String,
        path: Option<Path>,
        alias: Option<String>,
    },
    Children(Box<Query>),
}

/// What a record must fulfil.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Compare { path: Path, operator: Operator, value: Literal },
    In { path: Path, not: bool, values: Vec<Literal> },
    InQuery { path: Path, not: bool, query: Box<Query> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// A value as written; text keeps its escapes, which LIKE reads differently.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Bare(String),
    Null,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub path: Path,
    pub descending: bool,
    pub nulls_last: bool,
}

/// The refusal of a query that can't be read, with the place marked as Salesforce marks it.
pub(super) fn refuse(code: &'static str, query: &str, at: usize, message: &str) -> Refusal {
    let row = query[..at.min(query.len())].matches('\n').count() + 1;
    let column = at - query[..at.min(query.len())].rfind('\n').map_or(0, |end| end + 1) + 1;
    let line = query.lines().nth(row - 1).unwrap_or_default();
    let marker = format!("{:>column$}", "^");
    Refusal::new(code, format!("\n{line}\n{marker}\nERROR at Row:{row}:Column:{column}\n{message}"))
}

/// The records of a search: those of `ids` that fulfil the query, shaped as it asks.
pub(super) fn run_among(
    org: &Org,
    text: &str,
    ids: &BTreeSet<String>,
    version: u32,
) -> Result<Vec<Value>, Refusal> {
    select::run_among(org, text, &parser::parse(text)?, ids, version)
}

/// How many records a page has unless `Sforce-Query-Options` says otherwise.
const PAGE: usize = 2_000;
/// How many result sets the org keeps open; the oldest goes first.
const CURSORS: usize = 10;

impl Org {
    /// `GET /query?q=…`
    pub(super) fn query(
        &mut self,
        version: u32,
        with_deleted: bool,
        tooling: bool,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let text = request
            .parameter("q")
            .ok_or_else(|| Refusal::new("MALFORMED_QUERY", "A query string has to be specified"))?
            .to_owned();
        let query = parser::parse(&text)?;
        if self.schema.object(&query.from).is_some_and(|object| object.tooling && !tooling) {
            let message = format!("sObject type '{}' is not supported.", query.from);
            return Err(Refusal::new("INVALID_TYPE", message));
        }
        let with_deleted = with_deleted || query.all_rows;
        let (total, mut records) = select::run(self, &text, &query, with_deleted, version)?;
        let page = page_size(request);
        let mut body = json!({ "totalSize": total, "done": records.len() <= page });
        if records.len() > page {
            let rest = records.split_off(page);
            let cursor = self.tables.next_id("01g", &self.instance);
            if self.cursors.len() >= CURSORS {
                self.cursors.pop_first();
            }
            body["nextRecordsUrl"] = next_url(version, &cursor, page);
            self.cursors.insert(cursor, (page, total, rest));
        }
        body["records"] = records.into();
        Ok(Answer::json(200, body))
    }

    /// `GET /query/01g…-2000`
    pub(super) fn query_more(&mut self, version: u32, cursor: &str) -> Result<Answer, Refusal> {
        let unknown = || Refusal::new("INVALID_QUERY_LOCATOR", "invalid query locator");
        let (id, offset) = cursor.split_once('-').ok_or_else(unknown)?;
        let offset: usize = offset.parse().map_err(|_| unknown())?;
        let (page, total, rest) = self.cursors.get(id).ok_or_else(unknown)?;
        // What is kept begins after the first page.
        let skip =
            offset.checked_sub(*page).filter(|skip| *skip < rest.len()).ok_or_else(unknown)?;
        let records: Vec<Value> = rest.iter().skip(skip).take(*page).cloned().collect();
        let done = skip + records.len() >= rest.len();
        let mut body = json!({ "totalSize": total, "done": done });
        if !done {
            body["nextRecordsUrl"] = next_url(version, id, offset + page);
        }
        body["records"] = records.into();
        Ok(Answer::json(200, body))
    }
}

fn next_url(version: u32, cursor: &str, offset: usize) -> Value {
    json!(format!("/services/data/v{version}.0/query/{cursor}-{offset}"))
}

fn page_size(request: &Request) -> usize {
    let options = request.header("sforce-query-options").unwrap_or_default();
    let size = options.split([',', ';']).find_map(|part| part.trim().strip_prefix("batchSize="));
    size.and_then(|size| size.trim().parse().ok())
        .map_or(PAGE, |size: usize| size.clamp(200, 2_000))
}

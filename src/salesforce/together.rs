//! Several questions, and a record that depends on their answers, for one API call.
//!
//! A composite knows no conditions, but a request in it that refers to a value which is not there
//! is not carried out ("If the value is false, the remaining subrequests that don't depend on the
//! failed subrequest are executed. Dependent subrequests aren't executed.", REST API guide,
//! Composite). So a [`Gate`] is asked between the questions and the record: it finds its one row
//! only when no question found anything, and the record refers to that row.

use reqwest::Method;

use super::{
    answer::{Page, Upserted},
    failure::Failure,
    http::Answer,
    org::{Fields, Options, Org, read, unreadable},
    request::{Reference, Spot, api_name, segment},
};

/// A query for exactly one row, whose value a field of the record is to have in any case.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// The query, without `LIMIT` and `OFFSET`.
    pub soql: &'a str,
    /// Where its value is in the answer: `records[0].ApiName`.
    pub path: &'static str,
    /// The field of the record that has this value.
    pub field: &'static str,
}

/// A record to be created or changed by external id.
#[derive(Clone, Copy, Debug)]
pub struct Upsert<'a> {
    /// `Lead`.
    pub sobject: &'a str,
    /// The external id field.
    pub key: &'a str,
    /// Its value.
    pub value: &'a str,
    /// What to write.
    pub fields: &'a Fields,
    /// How to save it.
    pub options: Options,
}

/// What came of it.
#[derive(Debug)]
pub struct Found {
    /// What each question found.
    pub pages: Vec<Page>,
    /// The record, if it was saved.
    pub upserted: Option<Upserted>,
    /// Whether Salesforce understood the gate: if nothing was found and the gate was shut all the
    /// same, asking so again is no use.
    pub understood: bool,
}

impl Org {
    /// Asks several queries for one API call.
    ///
    /// # Errors
    /// A [`Failure`], that of the first query that failed.
    pub async fn queries(&self, queries: &[&str]) -> Result<Vec<Page>, Failure> {
        let group = queries.iter().map(|soql| self.base.get(&["query"], &[("q", *soql)]));
        let answers = self.send_together(group.collect()).await?;
        answers.into_iter().map(page).collect()
    }

    /// Asks `queries`, and saves `record` for the same API call if none of them finds anything.
    /// A record that Salesforce refuses is as one that was not tried.
    ///
    /// # Errors
    /// A [`Failure`] of the whole, or of a query.
    pub async fn upsert_if_none(
        &self,
        queries: &[&str],
        gate: Gate<'_>,
        record: Upsert<'_>,
    ) -> Result<Found, Failure> {
        let mut group: Vec<_> =
            queries.iter().map(|soql| self.base.get(&["query"], &[("q", *soql)])).collect();
        // As many rows are skipped as were found, the numbers one behind the other: 00 is none.
        let soql = format!("{} LIMIT 1 OFFSET ", gate.soql);
        let mut asked = self.base.get(&["query"], &[("q", &soql)]);
        let total = |to| Reference { to, path: "totalSize", spot: Spot::TargetEnd };
        asked.references = (0..queries.len()).map(total).collect();
        group.push(asked);
        let Upsert { sobject, key, value, fields, options } = record;
        let mut fields = fields.clone();
        // In the URL and the body at once it is refused.
        fields.remove(key);
        let path = ["sobjects", api_name(sobject)?, api_name(key)?, segment(value)?];
        let mut save = self.base.save(Method::PATCH, &path, fields, options);
        let spot = Spot::Field(gate.field);
        save.references = vec![Reference { to: queries.len(), path: gate.path, spot }];
        group.push(save);

        let mut answers = self.send_together(group).await?;
        let saved = answers.pop().ok_or_else(unreadable)?;
        let gate = answers.pop().ok_or_else(unreadable)?;
        let pages: Vec<Page> = answers.into_iter().map(page).collect::<Result<_, _>>()?;
        let nothing = pages.iter().all(|page| page.total_size == 0);
        let open = gate.is_success() && page(gate)?.total_size == 1;
        let upserted = match saved.is_success() {
            true if saved.body.is_empty() => Some(Upserted::default()),
            true => Some(read(&saved)?),
            false => None,
        };
        Ok(Found { pages, upserted, understood: open || !nothing })
    }
}

fn page(answer: Answer) -> Result<Page, Failure> {
    read(&answer.into_result(true)?)
}

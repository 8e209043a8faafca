//! What is to be known of a caller before anything else: that they are not to be rung, that they
//! rang before and who has that, that they got through since.

use super::header::moment;
use crate::{
    call::{Text, has_that},
    console::state::{CallRow, State},
    wire::CallSummary,
};

/// In a few words.
pub(super) fn brief(state: &State, row: &CallRow) -> String {
    let mut remarks = Vec::new();
    if row.summary.do_not_call.is_some() {
        remarks.push("DO NOT CALL".to_owned());
    }
    if let Some(before) = state.board.call_before(&row.summary) {
        let call = &before.summary;
        let who = call.taken_by.as_ref().or(call.owner.as_ref());
        remarks.push(who.map_or("again".to_owned(), |who| format!("again ({who})")));
    }
    remarks.join(" · ")
}

/// The same of a promise to ring back.
pub(super) fn of_promise(state: &State, row: &CallRow) -> String {
    let since = state.board.got_through_since(row);
    let since = since.map(|call| format!("rang again {}", moment(state, call.summary.began_at)));
    since.unwrap_or_default()
}

/// As it stands before what is said next in a row, where anything is.
pub(super) fn before(remark: String, next: &str) -> String {
    if remark.is_empty() || next.is_empty() { remark } else { format!("{remark} · ") }
}

/// In full; none where there is nothing.
pub(super) fn whole(state: &State, row: &CallRow) -> Option<String> {
    let call = &row.summary;
    let mut remarks = Vec::new();
    if let Some(said) = &call.do_not_call {
        let who = said.by.as_ref().map_or("the caller", Text::as_str);
        remarks.push(format!("DO NOT CALL: {who} said so {}", moment(state, said.at)));
    }
    if let Some(since) = state.board.got_through_since(row) {
        let (at, has) = (moment(state, since.summary.began_at), has(&since.summary));
        remarks.push(format!("rang again {at} and was answered; {has}"));
    }
    if let Some(before) = state.board.call_before(call) {
        let (at, has) = (moment(state, before.summary.began_at), has(&before.summary));
        remarks.push(format!("rang before {at}; {has}"));
    }
    (!remarks.is_empty()).then(|| remarks.join(" · "))
}

fn has(call: &CallSummary) -> String {
    has_that(call.taken_by.as_ref(), call.owner.as_ref())
}

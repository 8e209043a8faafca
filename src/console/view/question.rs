//! What a dialog says: what is asked, of whom, and what follows.

use jiff::Timestamp;

use super::{
    dialog::{Row, SHOWN, fields},
    header::{clock, moment},
};
use crate::{
    call::{AttemptOutcome, CallId, CallbackState, Disposition, Text},
    console::{
        state::{Ask, Choice, Deed, Dialog, OUTCOMES, State},
        text,
        theme::Role,
    },
    wire::{Candidate, OpportunityDraft, Owner, PersonOnCall},
};

pub(super) fn content(state: &State, dialog: &Dialog) -> (&'static str, Vec<Row>) {
    let about = vec![(dialog.about.clone(), Role::Strong)];
    let plain = |text: &str| vec![(text.to_owned(), Role::Text)];
    let dim = |text: &str| vec![(text.to_owned(), Role::Dim)];
    match &dialog.ask {
        Ask::Route { choices, proposed, chosen, .. } => {
            let mut rows = vec![about, Vec::new()];
            // A long roster scrolls with the choice.
            let first = chosen.saturating_sub(8);
            for (index, owner) in choices.iter().enumerate().skip(first).take(9) {
                rows.push(choice(state, index, owner, index == *chosen, Some(index) == *proposed));
            }
            rows.push(Vec::new());
            rows.extend(choices.get(*chosen).and_then(|owner| is_told(state, owner)));
            if state.has_org() {
                let to = choices.get(*chosen).map_or("", |owner| owner.name.as_str());
                rows.push(plain(&format!("{to} becomes the owner in Salesforce.")));
                rows.push(dim("Assignment rules are not run again."));
            }
            rows.push(Vec::new());
            ("Route to whom?", rows)
        }
        Ask::Opportunity { draft, convert, .. } => {
            let mut rows = vec![about, Vec::new()];
            match draft {
                None => rows.push(dim("asking the hub what it would create …")),
                Some(Err(why)) => {
                    rows.push(vec![(
                        "No Opportunity can be made of this call:".to_owned(),
                        Role::Bad,
                    )]);
                    rows.extend(text::wrap(why, 70).into_iter().map(|range| plain(&why[range])));
                }
                Some(Ok(draft)) => {
                    rows.extend(dialog.form.iter().flat_map(|form| fields(form, state.private)));
                    rows.push(account(state, draft, *convert));
                }
            }
            rows.push(Vec::new());
            if *convert {
                let warning = "One-way: the Lead becomes a Contact with an Account and this";
                rows.push(vec![(warning.to_owned(), Role::Warning)]);
                let warning = "Opportunity. Salesforce has no way back.";
                rows.push(vec![(warning.to_owned(), Role::Warning)]);
                rows.push(Vec::new());
                return ("Convert this Lead?", rows);
            }
            ("Create this Opportunity?", rows)
        }
        Ask::Choose { calls, choice, chosen } => {
            let mut rows = vec![about, Vec::new()];
            rows.extend(ends_promises(state, calls, choice, *chosen));
            let first = chosen.saturating_sub(8);
            for index in (first..choice.len()).take(9) {
                rows.push(line_of_choice(index, index == *chosen, choice.words(index)));
            }
            if let Some(form) = &dialog.form {
                rows.push(Vec::new());
                rows.extend(fields(form, state.private));
            }
            if let Some(means) = follows(choice, *chosen) {
                rows.push(Vec::new());
                rows.push(dim(means));
            }
            rows.push(Vec::new());
            (choice.question(), rows)
        }
        Ask::Reschedule { .. } => {
            let mut rows = vec![about, Vec::new()];
            rows.extend(dialog.form.iter().flat_map(|form| fields(form, state.private)));
            rows.push(Vec::new());
            rows.push(dim("In the business's time. What was promised first still counts as late."));
            rows.push(Vec::new());
            ("Ring back when?", rows)
        }
        Ask::Deed { calls, deed } => {
            let mut rows = vec![about, Vec::new()];
            let claim = calls.iter().find_map(|call| {
                let row = state.board.calls.get(call)?;
                state.claimed_by_another(row)
            });
            if let Some(claim) = claim.filter(|_| *deed == Deed::TakeOver) {
                let until = clock(claim.until, &state.zone);
                let text = format!("{} works on it, until {until} at the latest.", claim.operator);
                rows.push(vec![(text, Role::Warning)]);
            }
            rows.push(plain(deed.means()));
            if deed.anyway().is_some() {
                rows.push(dim(
                    "The hub refuses it outside the hours in which they may be rung, and",
                ));
                rows.push(dim(
                    "while it is not known whether they were; \"anyway\" overrules both.",
                ));
            }
            rows.push(Vec::new());
            (deed.question(), rows)
        }
        Ask::Urgency { calls } => {
            let mut rows = vec![about, Vec::new()];
            for level in (1..=5).rev() {
                let many = calls.iter().filter(|(_, urgency)| urgency.level() == level).count();
                if many > 0 {
                    rows.push(plain(&format!("{many} become urgency {level}")));
                }
            }
            rows.push(Vec::new());
            ("Correct the urgency of all of them?", rows)
        }
        Ask::Edit { long, .. } => {
            let mut rows = vec![about, Vec::new()];
            rows.extend(dialog.form.iter().flat_map(|form| fields(form, state.private)));
            let many = dialog.form.as_ref().map_or(0, |form| form.fields.len());
            if many > SHOWN {
                rows.push(dim(&format!("{many} fields; the others are further down or up")));
            }
            if *long > 0 {
                rows.push(dim(&format!("{long} more are too long to edit here; they stay.")));
            }
            rows.push(Vec::new());
            rows.push(dim("Only what you change is written; the original is kept and shown."));
            rows.push(Vec::new());
            ("Edit and try again?", rows)
        }
        Ask::Which { candidates, may_save_anyway, chosen, .. } => {
            let mut rows = vec![about, Vec::new()];
            for (index, candidate) in candidates.iter().enumerate() {
                rows.push(candidate_row(state, index, candidate, index == *chosen));
            }
            if *may_save_anyway {
                let index = candidates.len();
                rows.push(line_of_choice(index, index == *chosen, "none of these: a new record"));
            } else {
                rows.push(dim("Salesforce's duplicate rule allows no new record beside these."));
            }
            rows.push(Vec::new());
            ("Which record is meant?", rows)
        }
        Ask::Discard { title, writes } => {
            let mut rows = vec![vec![(title.clone(), Role::Strong)], about, Vec::new()];
            let subject = if writes.len() == 1 { "It is" } else { "They are" };
            rows.push(plain(&format!("{subject} not written to Salesforce, now or later.")));
            rows.push(plain("This can't be undone."));
            rows.push(dim("Who discarded it and when stays on record."));
            rows.push(Vec::new());
            ("Give up for good?", rows)
        }
        Ask::Hold { places, chosen } => {
            let mut rows: Vec<Row> = Vec::new();
            for (index, place) in places.iter().enumerate().skip(chosen.saturating_sub(8)).take(9) {
                let mut row = line_of_choice(index, index == *chosen, place.shown());
                let role = if place.held { Role::Warning } else { Role::Dim };
                row.push((format!("  {}", place.doing), role));
                rows.push(row);
            }
            rows.push(Vec::new());
            if places.get(*chosen).is_some_and(|place| place.held) {
                rows.push(plain("Writes flow again: what waits is sent now, in order."));
                rows.push(Vec::new());
                return ("Let writes flow again?", rows);
            }
            rows.push(plain("Nothing goes there until somebody lets it flow again."));
            rows.push(dim("Calls are recorded as ever, and what waits uses up no tries."));
            rows.push(Vec::new());
            ("Hold all writes?", rows)
        }
        Ask::Retry { writes } => {
            let (many, verb) =
                (writes.len(), if writes.len() == 1 { "write is" } else { "writes are" });
            let rows = vec![
                vec![(format!("{many} {verb} sent to Salesforce again, now."), Role::Strong)],
                dim("A repeat never makes a second record."),
                Vec::new(),
            ];
            ("Try again?", rows)
        }
    }
}

/// That callers who are owed a callback are rung by nobody after this choice.
fn ends_promises(state: &State, calls: &[CallId], choice: &Choice, chosen: usize) -> Vec<Row> {
    let ends = match choice {
        Choice::WrapUp => true,
        Choice::Dispose => {
            matches!(choice.disposition(chosen), Some(Disposition::Spam | Disposition::WrongNumber))
        }
        Choice::Attempt | Choice::Service(_) | Choice::Assign(_) => false,
    };
    let rows = calls.iter().filter_map(|call| state.board.calls.get(call));
    let promises = rows.filter_map(|row| row.summary.callback.as_ref());
    let waiting = promises.filter(|promise| promise.state == CallbackState::Waiting);
    let due: Vec<Timestamp> = waiting.map(|promise| promise.due).filter(|_| ends).collect();
    let Some(next) = due.iter().min().map(|due| moment(state, *due)) else { return Vec::new() };
    let text = match (due.len(), calls.len()) {
        (_, 1) => format!("They are owed a callback ({next}). It ends with this."),
        (1, _) => format!("One of them is owed a callback ({next}). It ends with this."),
        (many, _) => {
            format!("{many} of them are owed a callback (the next {next}). All end with this.")
        }
    };
    vec![vec![(text, Role::Warning)], Vec::new()]
}

/// What follows from a choice, where that is not plain.
fn follows(choice: &Choice, chosen: usize) -> Option<&'static str> {
    match choice {
        Choice::Attempt => Some(match OUTCOMES.get(chosen)? {
            AttemptOutcome::Connected => "The promise is kept.",
            AttemptOutcome::NoAnswer | AttemptOutcome::Voicemail => {
                "The callback stays; the hub says when the next try is due."
            }
            AttemptOutcome::WrongNumber => "There is nobody to ring: the callback ends.",
        }),
        Choice::WrapUp | Choice::Dispose => match choice.disposition(chosen)? {
            Disposition::NotBooked => Some("A reason is needed."),
            Disposition::Spam | Disposition::WrongNumber => Some("It counts in no figure."),
            Disposition::Booked | Disposition::ExistingJob => None,
        },
        Choice::Service(_) => Some("Triage was wrong; it is put right here and counted there."),
        Choice::Assign(_) => None,
    }
}

fn line_of_choice(index: usize, chosen: bool, text: &str) -> Row {
    let number = if index < 9 { format!("{} ", index + 1) } else { "  ".to_owned() };
    vec![
        (if chosen { "▌" } else { " " }.to_owned(), Role::Key),
        (number, Role::Dim),
        (text.to_owned(), if chosen { Role::Strong } else { Role::Text }),
    ]
}

fn candidate_row(state: &State, index: usize, candidate: &Candidate, chosen: bool) -> Row {
    let name = candidate.name.as_ref().map_or("without a name", |name| name.as_str());
    let mut row = line_of_choice(index, chosen, &state.masked(name));
    row.push((format!("  {} {}", candidate.sobject, candidate.id), Role::Dim));
    if let Some(address) = &candidate.address {
        row.push((format!("  {}", state.masked(address.as_str())), Role::Text));
    }
    row
}

fn choice(state: &State, index: usize, owner: &Owner, chosen: bool, proposed: bool) -> Row {
    let services: Vec<&str> = owner.services.iter().map(Text::as_str).collect();
    let mut row = line_of_choice(index, chosen, owner.name.as_str());
    if let Some(person) = on_roster(state, owner) {
        let (word, role) =
            if person.on_call { ("on call", Role::Good) } else { ("off", Role::Warning) };
        row.push((format!("  {word}"), role));
    }
    if !services.is_empty() {
        row.push((format!("  {}", services.join(", ")), Role::Dim));
    }
    if proposed {
        row.push(("  ← proposed".to_owned(), Role::Good));
    }
    row
}

/// What the hub says of somebody's shift, once it was asked.
fn on_roster<'a>(state: &'a State, owner: &Owner) -> Option<&'a PersonOnCall> {
    state.roster.page.as_ref()?.people.iter().find(|person| person.name == owner.name)
}

/// Whether and how whoever gets the call learns of it.
fn is_told(state: &State, owner: &Owner) -> Option<Row> {
    let person = on_roster(state, owner)?;
    let off = if person.on_call { "" } else { ", though off now" };
    let by: Vec<&str> = person.told_by.iter().map(Text::as_str).collect();
    Some(vec![match by.as_slice() {
        [] => (format!("{} is not told of it: say so yourself.", person.name), Role::Warning),
        by => (format!("{} is told by {}{off}.", person.name, by.join(", ")), Role::Text),
    }])
}

/// On whose Account it will be.
fn account(state: &State, draft: &OpportunityDraft, convert: bool) -> Row {
    let account = match &draft.account {
        Some(account) => state.masked(account.as_str()).into_owned(),
        None if convert => "a new one, or the one Salesforce finds".to_owned(),
        None => "none: the caller is no customer yet".to_owned(),
    };
    vec![(" Account   ".to_owned(), Role::Dim), (account, Role::Text)]
}

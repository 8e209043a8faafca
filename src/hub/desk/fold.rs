//! A call that is over, as it was folded and judged: kept in the journal so that a start need not do
//! it again, which is most of what a start does.
//!
//! It can't be wrong, only of no use: it is taken for a call of exactly the version it was made of,
//! and only where it was made in the same way, by the same code, rules and zone. Whatever else there
//! is, the events are folded.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{Desk, InHand, Seen, Settings, seen::digest};
use crate::{
    call::Call,
    store::{FoldRow, Stored},
    triage::Judge,
};

/// Kept at a time, in bytes, so that nobody waits for it: after an upgrade that is a whole board.
const MOST: usize = 4 * 1024 * 1024;

/// A name for the way in which calls are folded and judged.
pub(super) fn way(settings: &Settings) -> String {
    let (rules, zone) = (settings.rules.own(), &settings.zone);
    let way = format!("{} {zone:?} {rules}", env!("CALLBOARD_FOLDING"));
    // By the same function as the keys of events, which are part of it.
    format!("{:032x}", digest(&way))
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Fold<C> {
    call: C,
    seen: String,
    judged: usize,
}

impl InHand {
    /// A call as the journal has it, by its fold if there is one; none when that can't be read, or
    /// there is no event either.
    pub fn back(mut stored: Stored, fresh: &Judge) -> Option<Box<Self>> {
        let Some(fold) = stored.fold.take() else { return Self::of(stored, fresh, &|_| false) };
        let fold: Fold<Call> = serde_json::from_str(&fold).ok()?;
        let mut held = Box::new(Self::begun(fold.call));
        held.call.restore();
        held.seen = Seen::of_bytes(&STANDARD.decode(fold.seen).ok()?);
        let lines = held.call.transcript.lines();
        (held.heard, held.last) = (lines.len(), lines.last().cloned());
        held.judged = fold.judged;
        held.kept = Some(stored.row.version);
        held.take_up(stored, &|_| false);
        Some(held)
    }

    fn fold(&self, way: &str) -> FoldRow {
        let seen = STANDARD.encode(self.seen.to_bytes());
        let fold = Fold { call: &self.call, seen, judged: self.judged };
        FoldRow {
            call: self.call.id.clone(),
            version: self.call.version,
            made_by: way.to_owned(),
            body: serde_json::to_string(&fold).unwrap_or_default(),
        }
    }
}

impl Desk {
    /// How folds are made here.
    pub fn way(&self) -> &str {
        &self.way
    }

    /// Has the calls kept as they are of which nothing more is expected, with the next commit.
    pub fn keep_folds(&mut self) {
        let unjudged = &self.unjudged;
        let of = |held: &&mut Box<InHand>| {
            held.on_board
                && held.judge.is_none()
                && held.kept != Some(held.call.version)
                && !unjudged.contains(&held.call.id)
        };
        let mut bytes = 0;
        for held in self.calls.values_mut().filter(of) {
            held.kept = Some(held.call.version);
            // What was said of its caller's number in other calls is theirs, and may be erased with
            // them.
            let suppression = held.call.suppression.take();
            let fold = held.fold(&self.way);
            held.call.suppression = suppression;
            bytes += fold.body.len();
            self.commit.folds.push(fold);
            if bytes >= MOST {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp, tz::TimeZone};

    use super::super::Most;
    use super::*;
    use crate::{
        call::{CallId, Ending, Event, Fact, Line, Progress, Role, SourceName, Stage},
        plan,
        store::Claim,
        triage::Rules,
    };

    fn settings() -> Settings {
        Settings {
            plan: plan::Settings::default(),
            has_org: false,
            rules: Rules::shipped(),
            shared: false,
            most: Most::default(),
            call_back: None,
            zone: TimeZone::UTC,
            silence: [].into(),
        }
    }

    fn event(key: &str, at: Timestamp, fact: Fact) -> Event {
        let call = CallId::new(&SourceName::new("vapi"), "a");
        Event { call, key: key.to_owned(), sent_at: at, received_at: at, facts: vec![fact] }
    }

    /// What is kept a moment later, and of which versions.
    fn kept(desk: &mut Desk, now: Timestamp) -> Vec<u64> {
        desk.catch_up(now);
        desk.tick(now);
        desk.keep_folds();
        let folds = desk.take_commit(&Claim::All, now).folds;
        folds.iter().map(|fold| fold.version).collect()
    }

    #[test]
    fn a_call_is_kept_once_nothing_more_is_expected_and_again_after_more() {
        let start: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let after = |seconds| start + SignedDuration::from_secs(seconds);
        let said = |second, text: &str| {
            Fact::Said(Line { at: after(second), role: Role::Caller, text: text.into() })
        };
        let ending = Some(Ending { answered: Some(true), ..Ending::default() });
        let mut desk = Desk::new(settings());
        desk.receive(vec![event("1", after(0), said(0, "my basement is flooding"))]);
        assert_eq!(kept(&mut desk, after(300)), [0; 0], "somebody is on the line");
        let over = Fact::Progress(Progress { stage: Stage::Ended, ending });
        desk.receive(vec![event("2", after(301), over)]);
        assert_eq!(kept(&mut desk, after(302)), [0; 0], "there may be a last word");
        assert_eq!(kept(&mut desk, after(422)), [2]);
        assert_eq!(kept(&mut desk, after(423)), [0; 0], "once");
        desk.receive(vec![event("3", after(430), said(299, "no, it stopped"))]);
        assert_eq!(kept(&mut desk, after(551)), [3]);
    }

    #[test]
    fn what_was_made_in_another_way_is_known_by_that() {
        let own = Rules::parse("extends = true\nversion = \"ours\"").unwrap();
        let other = Settings { rules: Arc::new(own), ..settings() };
        let elsewhere = TimeZone::get("America/New_York").unwrap();
        let ways = [settings(), other, Settings { zone: elsewhere, ..settings() }];
        let ways = ways.map(|settings| way(&settings));
        assert_eq!(ways[0], way(&settings()));
        assert!(ways[0] != ways[1] && ways[1] != ways[2] && ways[2] != ways[0], "{ways:?}");
    }
}

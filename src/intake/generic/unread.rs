//! Where a mapping points and nothing stands that can be understood: a slip in it would lose calls, or
//! what was said in them, without a word.

use serde_json::Value;

use super::{events::Reader, mapping::Meaning};
use crate::{
    call::Text,
    intake::{Unread, decode},
};

/// Fields of which any other word means nothing, each with the setting that names it.
const TIMES: [(&str, &str); 3] = [
    ("sent_at", "mapping.fields.sent_at"),
    ("started_at", "mapping.fields.started_at"),
    ("ended_at", "mapping.fields.ended_at"),
];
const FLAGS: [(&str, &str); 3] = [
    ("answered", "mapping.fields.answered"),
    ("voicemail", "mapping.fields.voicemail"),
    ("first_call", "mapping.fields.first_call"),
];

impl Reader<'_> {
    /// What of a message with this meaning is read as nothing, each kind of it once.
    pub(super) fn unread(&self, meaning: Meaning) -> Vec<Unread> {
        let mut unread = Vec::new();
        let missing = |field| self.word(field).is_none_or(|word| word.is_empty());
        if missing("id") {
            unread.push(Unread { setting: "mapping.fields.id", found: None });
        }
        if let Some(word) = self.word("direction")
            && !["inbound", "outbound", "chat"].contains(&&*word)
        {
            unread.push(strange("mapping.fields.direction", &word));
        }
        let times = TIMES.into_iter().filter(|(field, _)| self.time(field).is_none());
        let flags = FLAGS.into_iter().filter(|(field, _)| self.flag(field).is_none());
        for (field, setting) in times.chain(flags) {
            let found = self.word(field).filter(|word| !word.trim().is_empty());
            unread.extend(found.map(|word| strange(setting, &word)));
        }
        match meaning {
            Meaning::Said | Meaning::Saying => {
                unread.extend(speaker("mapping.fields.role", self.word("role").as_deref()));
                if self.word("text").is_none() {
                    unread.push(Unread { setting: "mapping.fields.text", found: None });
                }
            }
            Meaning::Report => unread.extend(self.unread_line()),
            _ => {}
        }
        unread
    }

    /// The first line of the transcript of which nobody knows who speaks.
    fn unread_line(&self) -> Option<Unread> {
        let (list, role, text, _) = self.mapping.lines.as_ref()?.parts();
        let Value::Array(items) = list.find(self.body)? else {
            return Some(Unread { setting: "mapping.lines.list", found: None });
        };
        let speaks = |item: &&Value| text.word(item).is_some_and(|words| !words.trim().is_empty());
        items
            .iter()
            .filter(speaks)
            .find_map(|item| speaker("mapping.lines.role", role.word(item).as_deref()))
    }
}

fn strange(setting: &'static str, word: &str) -> Unread {
    Unread { setting, found: Text::non_empty(&word.chars().take(80).collect::<String>()) }
}

/// A speaker who is neither side, nor known to say nothing.
fn speaker(setting: &'static str, word: Option<&str>) -> Option<Unread> {
    match word.map(str::trim).filter(|word| !word.is_empty()) {
        None => Some(Unread { setting, found: None }),
        Some(word) if decode::role(word).is_some() || decode::is_silent(word) => None,
        Some(word) => Some(strange(setting, word)),
    }
}

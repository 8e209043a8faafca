//! Where a mapping points and nothing stands that can be understood: a slip in it would lose calls, or
//! what was said in them, without a word.

use serde_json::Value;

use super::{
    events::Reader,
    mapping::{DIRECTIONS, Meaning, fields},
};
use crate::{
    call::Text,
    intake::{Unread, decode},
};

/// Fields of which any other word means nothing.
const TIMES: [&str; 4] = ["sent_at", "began_at", "started_at", "ended_at"];
const FLAGS: [&str; 4] = ["answered", "broke_off", "voicemail", "first_call"];

impl Reader<'_> {
    /// Why nobody knows which kind of message this is, where the config says that one should.
    pub(super) fn unread_kind(&self) -> Option<Unread> {
        let event = self.mapping.event.as_ref()?;
        let kind = event.word(self.body).filter(|kind| !kind.is_empty());
        let known = |kind: &str| self.mapping.events.contains_key(kind);
        match kind {
            Some(kind) if known(&kind) || known("*") => None,
            Some(kind) => Some(strange("mapping.events", &kind)),
            None if known("") || event.is_there(self.body) && known("*") => None,
            None => Some(Unread { setting: "mapping.event", found: None }),
        }
    }

    /// What of a message with this meaning is read as nothing, each kind of it once.
    pub(super) fn unread(&self, meaning: Meaning) -> Vec<Unread> {
        let mut unread = Vec::new();
        if self.word("id").is_none_or(|id| id.is_empty()) {
            unread.push(Unread { setting: "mapping.fields.id", found: None });
        }
        for (name, setting) in fields() {
            let word = self.word(name).filter(|word| !word.trim().is_empty());
            let means_nothing = match name {
                "direction" => {
                    let is_ours = |word: &str| {
                        DIRECTIONS.iter().any(|it| it.eq_ignore_ascii_case(word.trim()))
                    };
                    word.as_deref().is_some_and(|word| !is_ours(word))
                }
                _ if TIMES.contains(&name) => self.time(name).is_none(),
                _ if FLAGS.contains(&name) => self.flag(name).is_none(),
                _ => false,
            };
            let field = self.mapping.fields.get(name);
            let word = word.filter(|_| means_nothing);
            let word = word.or_else(|| field?.without_value(self.body));
            unread.extend(word.map(|word| strange(setting, &word)));
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

    /// The settings that point to nothing in this message: most of a provider's messages lack some,
    /// and whoever tries a mapping sees a slip in one by it.
    pub(super) fn absent(&self) -> Vec<&'static str> {
        let fields = fields().filter(|(name, _)| self.mapping.fields.contains_key(*name));
        let absent = fields.filter(|(name, _)| !self.is_there(name)).map(|(_, setting)| setting);
        let lines = self.mapping.lines.as_ref().map(|lines| lines.parts().0.find(self.body));
        let lines = lines.is_some_and(|list| list.is_none()).then_some("mapping.lines.list");
        absent.chain(lines).collect()
    }

    fn is_there(&self, name: &str) -> bool {
        let field = self.mapping.fields.get(name);
        field.is_some_and(|field| field.is_there(self.body) || field.word(self.body).is_some())
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

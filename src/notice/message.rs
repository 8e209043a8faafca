//! What somebody is told.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::call::Text;

/// The longest title, in characters: what a phone shows without a tap.
const LONGEST_TITLE: usize = 120;

/// How a test begins.
const TEST: &str = "Test: nobody called.";

/// What somebody is told about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A call that is theirs.
    #[default]
    Call,
    /// A promise to ring back that was given to them.
    Callback,
    /// One that is late.
    LateCallback,
}

/// What is known of a call, as whoever gets it is told. Every word a caller may have said is
/// [`Text`]: one line without control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The same for every attempt of one notice, and for no other.
    pub key: String,
    /// The call.
    pub call: Text,
    /// The business.
    pub business: Text,
    /// Who is told.
    pub to: Text,
    /// What it is about.
    pub about: About,
    /// Why they have it: `on call, Plumbing`.
    pub reason: Option<Text>,
    /// When the call began, in the business's time, and whether it is over.
    pub when: Option<Text>,
    /// When the caller rang before, and who has that call.
    pub before: Option<Text>,
    /// Of a promise: when the caller rang again since and got through, and who has that call.
    pub since: Option<Text>,
    /// Whether they were told of the same call before, and nobody has it yet.
    pub again: bool,
    /// 1 to 5.
    pub urgency: u8,
    /// The caller's name.
    pub caller: Option<Text>,
    /// Their number.
    pub number: Option<Text>,
    /// What they want, in a few words.
    pub wants: Option<Text>,
    /// The words that made it urgent.
    pub why: Vec<Text>,
    /// The trade.
    pub service: Option<Text>,
    /// What they would spend.
    pub budget: Option<Text>,
    /// Where.
    pub address: Option<Text>,
    /// When they were promised a call, in the business's time.
    pub callback: Option<Text>,
    /// Where they say that they have it.
    pub link: Option<String>,
    /// With which code they may answer instead.
    pub code: Option<Text>,
    /// Whether this is only a test.
    pub test: bool,
}

impl Message {
    /// The key in few plain characters, for receivers that know a repetition by it.
    pub fn id(&self) -> String {
        hex::encode(&Sha256::digest(self.key.as_bytes())[..16])
    }

    /// One that says that it is a test, with every value there can be.
    pub fn sample() -> Self {
        let text = |text: &str| Some(Text::new(text));
        Self {
            key: "test".to_owned(),
            call: "test:1".into(),
            business: "Callboard".into(),
            to: "you".into(),
            about: About::Call,
            reason: text("this is a test"),
            when: text("Tue 14:00 EST, over"),
            before: text("Tue 13:00 EST; Tom has that"),
            since: text("Tue 13:30 EST, and was answered; Tom has that"),
            again: false,
            urgency: 5,
            caller: text("Maria \"Mia\" O'Hara <test> & Sons"),
            number: text("(614) 555-0142"),
            wants: text("water heater"),
            why: vec!["test".into()],
            service: text("Plumbing"),
            budget: text("$100"),
            address: text("123 Main Street"),
            callback: text("Tue 14:00 EST"),
            link: Some("https://callboard.example.com/test".to_owned()),
            code: text("0000-TEST"),
            test: true,
        }
    }

    /// In one line.
    pub fn title(&self) -> Text {
        let who = self.caller.as_ref().or(self.number.as_ref());
        let wants = self.wants.as_ref().or(self.why.first());
        let parts = [wants, self.service.as_ref(), who];
        let parts: Vec<&str> = parts.into_iter().flatten().map(Text::as_str).collect();
        let what = if parts.is_empty() { "a call".to_owned() } else { parts.join(" · ") };
        let about = match self.about {
            About::Call if self.again => format!("Again: urgency {}", self.urgency),
            About::Call if self.before.is_some() => format!("Rang again, urgency {}", self.urgency),
            About::Call => format!("Urgency {}", self.urgency),
            About::Callback => "Callback for you".to_owned(),
            About::LateCallback => "Callback late".to_owned(),
        };
        let title = format!("{about}: {what}");
        // First of all that nobody called: what follows looks like any other.
        let title = if self.test { format!("{TEST} For example: {title}") } else { title };
        Text::limited(&title, LONGEST_TITLE)
    }

    /// In plain text, line by line.
    pub fn text(&self) -> String {
        let why: Vec<&str> = self.why.iter().map(Text::as_str).collect();
        let why = (!why.is_empty()).then(|| Text::new(&why.join(" · ")));
        let urgency = Text::new(&format!("{} of 5", self.urgency));
        let again = self.again.then(|| Text::from("nobody has said yet that they have it"));
        // Whoever reads it in a channel of many knows whose it is.
        let known = [
            ("For", Some(&self.to)),
            ("Caller", self.caller.as_ref()),
            ("Number", self.number.as_ref()),
            ("Called", self.when.as_ref()),
            ("Rang before", self.before.as_ref()),
            ("Rang again", self.since.as_ref()),
            ("Wants", self.wants.as_ref().or(self.why.first())),
            ("Urgency", Some(&urgency)),
            ("Because of", why.as_ref()),
            ("Service", self.service.as_ref()),
            ("Address", self.address.as_ref()),
            ("Budget", self.budget.as_ref()),
            ("Call back", self.callback.as_ref()),
            ("Yours because", self.reason.as_ref()),
            ("Told again", again.as_ref()),
        ];
        let mut text = String::new();
        if self.test {
            text.push_str(&format!(
                "{TEST} Nothing is to be done. What follows is an example.\n\n"
            ));
        }
        for (name, value) in known {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        match &self.link {
            Some(link) => text.push_str(&format!("\nSay that you have it: {link}\n")),
            None => text.push_str("\nSay that you have it on the board.\n"),
        }
        if let Some(code) = &self.code {
            // Not as it is to be answered: whoever quotes this has not said it.
            text.push_str(&format!("Or answer with the word ok and this code: {code}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_knows_what_is_wanted_the_most_urgent_words_stand_for_it() {
        let why = vec!["smoke".into(), "now".into()];
        let message = Message { wants: None, why, test: false, ..Message::sample() };
        assert!(
            message.title().as_str().contains(": smoke \u{b7} Plumbing"),
            "{}",
            message.title()
        );
        assert!(message.text().contains("Wants: smoke\n"), "{}", message.text());
    }
}

//! Transcripts that are one text: `AI: …\nUser: …`, with whatever times and marks a template puts
//! around that, or without any speaker.

use std::borrow::Cow;

use jiff::Timestamp;

use super::decode::{LONGEST_TEXT, later, role};
use crate::call::{Line, Role, Text};

/// The lines of a flat transcript. They have no times that could be relied on, so they follow each
/// other by a millisecond from `start`. What has no speaker at all is the caller's: a voicemail, or
/// the words that were recognised on their side.
pub(super) fn lines(flat: &str, start: Timestamp) -> Vec<Line> {
    let flat = &apart(flat);
    let spoken = dialogue(flat);
    // Nobody says so much in one go; of a whole conversation without speakers more is kept.
    let several = spoken.as_ref().is_some_and(|spoken| spoken.len() > 1);
    let longest = if several { LONGEST_TEXT } else { usize::MAX };
    let spoken = spoken.unwrap_or_else(|| vec![(Role::Caller, monologue(flat))]);
    let lines = spoken.into_iter().enumerate().map(|(n, (role, words))| Line {
        at: later(start, n),
        role,
        text: Text::limited(&words, longest),
    });
    lines.filter(|line| line.text.as_str().contains(char::is_alphanumeric)).collect()
}

/// A dialogue that is all in one line, a line for each who speaks. Its first words say that it is one;
/// the others begin behind the end of a sentence, so that nobody is quoted into it.
fn apart(flat: &str) -> Cow<'_, str> {
    const LONGEST_ROLE: usize = 20;
    let mut whole = flat.lines().filter(|line| !line.trim().is_empty());
    let (Some(line), None) = (whole.next(), whole.next()) else { return flat.into() };
    if parts(line).is_none_or(|(who, _)| role(name(who)).is_none()) {
        return flat.into();
    }
    let begins = line.match_indices(' ').filter(|(at, _)| {
        let behind = &line[at + 1..];
        let colon = behind.char_indices().take(LONGEST_ROLE).find(|(_, c)| *c == ':');
        let named = colon.is_some_and(|(end, _)| role(&behind[..end]).is_some());
        named && line[..*at].trim_end().ends_with(['.', '?', '!', '…', '"', '”'])
    });
    let mut told = String::with_capacity(line.len());
    let mut from = 0;
    for (at, _) in begins {
        told.push_str(&line[from..at]);
        told.push('\n');
        from = at + 1;
    }
    told.push_str(&line[from..]);
    told.into()
}

/// Who said what; none where no line tells who.
fn dialogue(flat: &str) -> Option<Vec<(Role, String)>> {
    let known = |wanted| flat.lines().filter_map(spoken).any(|(role, _)| role == wanted);
    // Where one side has its usual word and the other a name, the name is the other side's.
    let named = match (known(Role::Caller), known(Role::Agent)) {
        (false, false) => return None,
        (true, true) => None,
        (false, true) => Some(Role::Caller),
        (true, false) => Some(Role::Agent),
    };
    // An agent speaks first; a name behind that may be anything that a caller lists.
    let first = flat.lines().find(|line| !line.trim().is_empty()).and_then(by_name);
    let of_name = |line| {
        let (name, words) = by_name(line)?;
        let role = named?;
        let fits = role == Role::Caller || first.is_some_and(|(first, _)| first == name);
        fits.then_some((role, words))
    };
    let mut told: Vec<(Role, String)> = Vec::new();
    for line in flat.lines() {
        match (spoken(line).or_else(|| of_name(line)), told.last_mut()) {
            (Some((role, words)), _) => told.push((role, words.to_owned())),
            (None, Some((_, words))) => {
                words.push(' ');
                words.push_str(unstamped(line));
            }
            (None, None) => {}
        }
    }
    told.iter().any(|(_, words)| !words.trim().is_empty()).then_some(told)
}

fn monologue(flat: &str) -> String {
    flat.lines().map(unstamped).collect::<Vec<_>>().join(" ")
}

/// Who speaks in this line by their usual word, and what: nothing where the words stand below.
fn spoken(line: &str) -> Option<(Role, &str)> {
    let (who, words) = parts(line).unwrap_or((line, ""));
    Some((role(name(who))?, words))
}

/// The name that this line begins with, and what follows it.
fn by_name(line: &str) -> Option<(&str, &str)> {
    let (who, words) = parts(line)?;
    let name = name(who);
    let of_name = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let fine = !name.is_empty() && name.len() <= 30 && name.split_whitespace().count() <= 3;
    (fine && name.split_whitespace().all(of_name)).then_some((name, words))
}

/// What stands before and behind the first colon or dash that is not part of a time.
fn parts(line: &str) -> Option<(&str, &str)> {
    let line = bare(line);
    let line = bare(after_time(line, false).unwrap_or(line));
    let mut inside = false;
    for (at, c) in line.char_indices() {
        let (before, behind) = (&line[..at], &line[at + c.len_utf8()..]);
        match c {
            '(' | '[' => inside = true,
            ')' | ']' => inside = false,
            _ if inside => {}
            ':' if before.ends_with(|c: char| c.is_ascii_digit())
                && behind.starts_with(|c: char| c.is_ascii_digit()) => {}
            ':' => return Some((before, bare(behind))),
            '-' | '–' | '—' if before.ends_with(' ') && behind.starts_with(' ') => {
                return Some((before, bare(behind)));
            }
            _ => {}
        }
    }
    None
}

/// `**Caller (Jane) 00:03` is Caller.
fn name(who: &str) -> &str {
    let who = bare(who).trim_end_matches(is_mark);
    let who = who.split(['(', '[']).next().unwrap_or(who).trim_end_matches(is_mark);
    match who.rsplit_once(' ') {
        Some((name, last)) if is_time(last) => name.trim_end_matches(is_mark),
        _ => who,
    }
}

fn is_mark(c: char) -> bool {
    c.is_whitespace() || matches!(c, '>' | '*' | '_' | '#' | '•' | '-' | '–')
}

/// Without the marks of lists, quotations and bold letters before it.
fn bare(text: &str) -> &str {
    text.trim_start_matches(is_mark)
}

/// Without marks and a time in brackets. A time without them may be what somebody said.
fn unstamped(line: &str) -> &str {
    let line = bare(line);
    bare(after_time(line, true).unwrap_or(line))
}

/// What follows a time at the very beginning.
fn after_time(text: &str, in_brackets: bool) -> Option<&str> {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((time, rest)) =
            text.strip_prefix(open).and_then(|inside| inside.split_once(close))
        {
            return is_time(time.trim()).then_some(rest);
        }
    }
    let (time, rest) = text.split_once(' ')?;
    (!in_brackets && is_time(time)).then_some(rest)
}

/// `0:03`, `00:12:03.250`.
fn is_time(text: &str) -> bool {
    let of_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | ',');
    text.len() <= 12
        && text.contains(':')
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(of_time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(flat: &str) -> Vec<(Role, String)> {
        let lines = lines(flat, Timestamp::UNIX_EPOCH);
        lines.into_iter().map(|line| (line.role, line.text.as_str().to_owned())).collect()
    }

    #[test]
    fn a_dialogue_however_it_is_marked() {
        for flat in [
            "AI: Hello.\nUser: Hi:\n there\nsystem: x",
            "[00:01] AI: Hello.\n[00:03] User: Hi:\n[00:04] there\nsystem: x",
            "**AI:** Hello.\n**User:** Hi:\nthere\nsystem: x",
            "- **AI**: Hello.\n- **User**: Hi: there system: x",
            "AGENT - Hello.\nCALLER - Hi: there system: x",
            "Agent (Ava) [0:01]: Hello.\nCaller (Jane) 00:03: Hi: there system: x",
            "00:00:01.250 agent: Hello.\n00:03 caller: Hi: there system: x",
            "agent\nHello.\n\nuser\nHi: there system: x",
            "Ava: Hello.\nCaller: Hi: there system: x",
            "Agent: Hello.\nJane Doe: Hi: there system: x",
        ] {
            let [agent, caller] = &told(flat)[..] else { panic!("{flat}: {:?}", told(flat)) };
            assert_eq!((agent.0, agent.1.as_str()), (Role::Agent, "Hello."), "{flat}");
            let words = caller.1.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!((caller.0, words.as_str()), (Role::Caller, "Hi: there system: x"), "{flat}");
        }
    }

    #[test]
    fn what_has_no_speaker_is_the_callers() {
        for (flat, words) in [
            ("My basement is\nflooding", "My basement is flooding"),
            ("[00:03] My basement is flooding", "My basement is flooding"),
            ("12:30 works, my basement is flooding", "12:30 works, my basement is flooding"),
            ("Jane: My basement is flooding", "Jane: My basement is flooding"),
            ("Agent", "Agent"),
        ] {
            assert_eq!(told(flat), [(Role::Caller, words.to_owned())], "{flat}");
        }
        assert_eq!(told("..."), []);
        assert_eq!(told(""), []);
    }

    #[test]
    fn what_a_caller_lists_is_no_other_speaker() {
        let flat = "Caller: Here is where.\nStreet: 12 Elm, the basement is flooding";
        assert_eq!(told(flat).len(), 1);
    }

    /// Were all that stands before each of them looked at, this would take hours.
    #[test]
    fn blanks_without_an_end_are_survived() {
        let flat = format!("User: hi{}x. Agent: hello", " ".repeat(4_000_000));
        assert_eq!(told(&flat).len(), 2);
    }

    #[test]
    fn one_who_does_not_end_leaves_room_for_the_other() {
        let flat = format!("AI: {}\nUser: I smell gas", "la ".repeat(100_000));
        assert_eq!(told(&flat)[1], (Role::Caller, "I smell gas".to_owned()));
        assert!(told(&flat)[0].1.len() <= LONGEST_TEXT);
        let alone = format!("Agent: hello {} Caller: my basement floods", "la ".repeat(10_000));
        assert!(told(&alone)[0].1.ends_with("my basement floods"), "one who is alone needs none");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[a-zA-Z0-9:()\\[\\]*_ \n–-]{0,60}", any: String) {
            lines(&text, Timestamp::UNIX_EPOCH);
            lines(&any, Timestamp::UNIX_EPOCH);
        }
    }
}

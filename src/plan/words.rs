//! The texts a record carries about a call.

use serde_json::json;

use crate::call::{Assessment, Call, Evidence, Role, Signal, Text, Urgency};

/// Stands where a text was cut.
const CUT: &str = " […]";

/// At most `longest` characters, with a mark where something is missing.
pub(super) fn cut(text: String, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text;
    }
    let kept: String = text.chars().take(longest.saturating_sub(CUT.chars().count())).collect();
    kept + CUT
}

/// What the caller needs: `EMERGENCY - Burst pipe: "My basement is flooding!"`.
pub(super) fn description(call: &Call) -> Option<String> {
    let emergency = call.urgency() == Urgency::EMERGENCY;
    let wants = call.assessment.wants.as_ref().map(|wants| capitalised(wants.as_str()));
    let words = key_words(call);
    let need = match (wants, words) {
        (Some(wants), Some(words)) => format!("{wants}: \"{words}\""),
        (Some(wants), None) => wants,
        (None, Some(words)) => format!("\"{words}\""),
        (None, None) if emergency => "urgent call".to_owned(),
        (None, None) => return None,
    };
    Some(if emergency { format!("EMERGENCY - {need}") } else { need })
}

/// The line of the caller that says most: the first with evidence for how urgent the need is, or
/// for the need itself; else the first words of some length.
fn key_words(call: &Call) -> Option<&str> {
    let lines = call.transcript.lines();
    let spoken = |signal: Signal| {
        call.assessment
            .evidence
            .iter()
            .filter(|evidence| evidence.signal == signal && !evidence.retracted)
            .filter_map(|evidence| lines.get(evidence.line()))
            .find(|line| line.role == Role::Caller)
    };
    let at_length = || {
        let caller = |line: &&crate::call::Line| line.role == Role::Caller;
        lines.iter().filter(caller).find(|line| line.text.as_str().split(' ').count() >= 4)
    };
    spoken(Signal::Need)
        .or_else(|| spoken(Signal::Urgency))
        .or_else(at_length)
        .map(|line| line.text.as_str())
}

/// The note for the record: the provider's summary or the need, then what was found out.
pub(super) fn notes(call: &Call) -> Option<String> {
    let summary = call.summary().map(|summary| summary.as_str().to_owned());
    let mut lines: Vec<String> = summary.or_else(|| description(call)).into_iter().collect();
    let assessment = &call.assessment;
    if let Some(service) = call.service() {
        lines.push(format!("Service: {}", service.0));
    }
    if let Some(budget) = assessment.budget {
        let what = if assessment.budget_is_quote { "Quoted elsewhere" } else { "Budget" };
        lines.push(format!("{what}: {budget}"));
    }
    let said = [
        ("Name", &assessment.who.name),
        ("Address", &assessment.who.address),
        ("E-mail", &assessment.who.email),
    ];
    for (what, value) in said {
        lines.extend(value.as_ref().map(|value| format!("{what}: {value}")));
    }
    if let Some(callback) = assessment.callback.as_ref().filter(|_| !call.is_no_callback()) {
        let number = callback.number.as_ref().map(|number| format!(" at {number}"));
        lines.push(format!("Asked to be called back{}", number.unwrap_or_default()));
    }
    if let Some(url) = call.judgement().and_then(|judged| judged.data.get("conversation_url")) {
        lines.push(format!("Conversation: {url}"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Who said what, line by line.
pub fn transcript(call: &Call) -> Option<String> {
    let lines = call.transcript.lines();
    let spoken: Vec<String> = lines
        .iter()
        .map(|line| {
            let who = if line.role == Role::Caller { "Caller" } else { "Agent" };
            format!("{who}: {}", line.text)
        })
        .collect();
    (!spoken.is_empty()).then(|| spoken.join("\n"))
}

/// The four signals with the words behind them, as JSON.
pub(super) fn signals(assessment: &Assessment) -> String {
    let bant = assessment.bant;
    let of = |signal: Signal| -> Vec<&str> {
        let all = assessment.evidence.iter();
        all.filter(|evidence| evidence.signal == signal && !evidence.retracted)
            .map(Evidence::words)
            .take(3)
            .collect()
    };
    json!({
        "budget": bant.budget,
        "authority": bant.authority,
        "need": bant.need,
        "timeline": bant.timeline,
        "words": {
            "budget": of(Signal::Budget),
            "authority": of(Signal::Authority),
            "need": of(Signal::Need),
            "timeline": of(Signal::Timeline),
        },
    })
    .to_string()
}

/// First and last name.
pub(super) fn split_name(name: &Text) -> (Option<String>, String) {
    match name.as_str().rsplit_once(' ') {
        Some((first, last)) => (Some(first.trim().to_owned()), last.to_owned()),
        None => (None, name.as_str().to_owned()),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

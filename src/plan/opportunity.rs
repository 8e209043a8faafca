//! The Opportunity a call would become.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::call::{Call, MatchKind, Money, Text, Urgency};

/// The Opportunity a call would become, for the operator to confirm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityDraft {
    /// `HVAC Replacement - 123 Main St`.
    pub name: Text,
    /// The budget, the middle of a range, or the emergency estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// `Qualification`, `Proposal`.
    pub stage: Text,
    /// In 30 days unless configured otherwise.
    pub close_date: Date,
    /// On whose Account, when the caller is a Contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
}

/// `Opportunity.Name` holds 120 characters.
const LONGEST_NAME: usize = 120;

/// What an Opportunity for this call would be.
pub fn opportunity(call: &Call, settings: &Settings, today: Date) -> OpportunityDraft {
    let rules = &settings.opportunity;
    let assessment = &call.assessment;
    let estimate = (call.urgency() == Urgency::EMERGENCY).then_some(rules.emergency_estimate);
    let quoted = assessment.budget.is_some() && assessment.budget_is_quote;
    OpportunityDraft {
        name: name(call),
        amount: assessment.budget.or(estimate),
        stage: Text::new(if quoted { &rules.quoted_stage } else { &rules.stage }),
        close_date: today.saturating_add(i64::from(rules.close_days).days()),
        account: call
            .matched()
            .filter(|matched| matched.kind == MatchKind::Contact)
            .and_then(|matched| matched.account_id.clone()),
    }
}

/// `Smart Thermostat Installation - 123 Main St`: the work, then the place or the person.
fn name(call: &Call) -> Text {
    let assessment = &call.assessment;
    let service = call.service().map(|service| service.0.as_str());
    let work = assessment.wants.as_ref().map(Text::as_str).or(service).unwrap_or("Service");
    let party = call.party();
    let whose = assessment
        .who
        .address
        .as_ref()
        .or(party.address.as_ref())
        .or(call.name())
        .map(|text| short_street(text.as_str()))
        .or(call.phone().map(crate::call::Phone::national))
        .unwrap_or_else(|| "Unknown Caller".to_owned());
    Text::limited(&format!("{} - {whose}", title_case(work)), LONGEST_NAME)
}

/// Words with capitals, but for the small ones: `installation of a furnace` →
/// `Installation of a Furnace`. Words with capitals of their own (`HVAC`) stay.
pub(super) fn title_case(text: &str) -> String {
    let small = ["a", "an", "and", "at", "for", "in", "of", "on", "or", "the", "to", "with"];
    let word = |(place, word): (usize, &str)| {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if place == 0 || !small.contains(&word) => {
                first.to_uppercase().chain(letters).collect()
            }
            _ => word.to_owned(),
        }
    };
    text.split_whitespace().enumerate().map(word).collect::<Vec<String>>().join(" ")
}

/// `123 Main Street, Springfield` → `123 Main St`: the first line, with the last word as the post
/// office writes it.
fn short_street(address: &str) -> String {
    let street = address.split(',').next().unwrap_or(address).trim();
    let Some((rest, last)) = street.rsplit_once(' ') else { return street.to_owned() };
    let short = match last.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "street" => "St",
        "avenue" => "Ave",
        "road" => "Rd",
        "drive" => "Dr",
        "lane" => "Ln",
        "court" => "Ct",
        "boulevard" => "Blvd",
        "place" => "Pl",
        "circle" => "Cir",
        "highway" => "Hwy",
        "parkway" => "Pkwy",
        "terrace" => "Ter",
        _ => return street.to_owned(),
    };
    format!("{rest} {short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_and_titles_read_as_people_write_them() {
        for (address, short) in [
            ("123 Main Street", "123 Main St"),
            ("123 Main St", "123 Main St"),
            ("9 Elm Avenue, Springfield", "9 Elm Ave"),
            ("Jane Whitfield", "Jane Whitfield"),
            ("Street", "Street"),
        ] {
            assert_eq!(short_street(address), short);
        }
        assert_eq!(title_case("smart thermostat installation"), "Smart Thermostat Installation");
        assert_eq!(title_case("HVAC replacement"), "HVAC Replacement");
        assert_eq!(title_case("repair of the roof"), "Repair of the Roof");
    }
}

//! Finding out who a caller is: Contact over open Lead over nobody.

use serde_json::{Map, Value};

use crate::{
    call::{Call, Match, MatchKind, Phone, Text},
    plan::{self, MatchQuery, Problem, SeveralMatches},
    salesforce::{Duplicate, Failure, Org, Page, RecordId, like_literal, text_literal},
};

/// The most records of one kind that are looked at; more than a few mean a shared number.
const MOST: usize = 20;

/// What the org knows of a caller.
pub(super) struct Known {
    /// Who they are.
    pub(super) found: Match,
    /// The Lead of this very call: an earlier attempt made it, and its answer was lost.
    pub(super) own: Option<RecordId>,
}

/// The question who a caller is.
pub(super) struct Question<'a> {
    query: &'a MatchQuery,
    settings: &'a plan::Settings,
    /// What our Lead of this call is called in the external id field, and that field.
    own: Option<(&'a str, &'a str)>,
}

impl<'a> Question<'a> {
    pub(super) fn new(query: &'a MatchQuery, call: &'a Call, settings: &'a plan::Settings) -> Self {
        let key = settings.external_id.get("Lead");
        let own = key.map(|key| (key.as_str(), call.id.as_str()));
        Self { query, settings, own }
    }

    /// The queries for Contacts and Leads; none when there is nothing to look for.
    pub(super) fn soql(&self) -> Option<[String; 2]> {
        let score = self.settings.lead.score.as_str();
        let key = self.own.map_or("", |(key, _)| key);
        let more = [score, key].into_iter().filter(|field| !field.is_empty());
        let more: String = more.flat_map(|field| [", ", field]).collect();
        let persons = self.settings.person_accounts;
        let person = if persons { ", IsPersonAccount" } else { "" };
        let became = if persons { ", ConvertedAccount.IsPersonAccount" } else { "" };
        let leads = soql(self.query, &LEAD, &(more + became))?;
        Some([soql(self.query, &CONTACT, person)?, leads])
    }

    /// Who the caller is by what was found.
    ///
    /// # Errors
    /// The question which of several people it is.
    pub(super) fn answer(&self, pages: Vec<Page>) -> Result<Known, Failure> {
        let Self { query, settings, own } = self;
        let mut pages = pages.into_iter().map(|page| page.records);
        let contacts = pages.next().unwrap_or_default();
        let leads = pages.next().unwrap_or_default();
        let is_own = |lead: &&Map<String, Value>| {
            own.is_some_and(|(key, value)| lead.get(key).is_some_and(|known| known == value))
        };
        if let Some(lead) = leads.iter().find(is_own) {
            let own = lead.get("Id").and_then(|id| RecordId::parse(id.as_str()?));
            return Ok(Known { found: Match::nobody(), own });
        }
        let who = |found| Known { found, own: None };
        let ask = settings.several_matches == SeveralMatches::Ask;
        let found = likeliest(fitting(contacts, query, &CONTACT), query);
        if ask && are_several(&found) {
            return Err(choice(&CONTACT, &found));
        }
        if let Some(first) = found.first() {
            return Ok(who(Match {
                kind: MatchKind::Contact,
                id: text(first, "Id"),
                name: text(first, "Name"),
                account_id: text(first, "AccountId"),
                others: others(found.len()),
                person: is_person(first),
                ..Match::nobody()
            }));
        }
        let (converted, open): (Vec<_>, Vec<_>) =
            fitting(leads, query, &LEAD).into_iter().partition(is_converted);
        let open = likeliest(open, query);
        if ask && are_several(&open) {
            return Err(choice(&LEAD, &open));
        }
        Ok(who(best_lead(&open, &converted, &settings.lead.score)))
    }

    /// Asks the org: one API call.
    ///
    /// # Errors
    /// A [`Failure`], or the question which of several people it is.
    pub(super) async fn ask(&self, org: &Org) -> Result<Known, Failure> {
        match self.soql() {
            Some([contacts, leads]) => self.answer(org.queries(&[&contacts, &leads]).await?),
            None => Ok(Known { found: Match::nobody(), own: None }),
        }
    }
}

fn is_converted(lead: &Map<String, Value>) -> bool {
    lead.get("IsConverted") == Some(&true.into())
}

/// Of those whose number it is, the ones who have the name that was said; all when nobody has.
fn likeliest(found: Vec<Map<String, Value>>, query: &MatchQuery) -> Vec<Map<String, Value>> {
    let Some(name) = &query.name else { return found };
    let named = |record: &Map<String, Value>| {
        let known = record.get("Name").and_then(Value::as_str).unwrap_or_default();
        contains_words(known, name.as_str())
    };
    if found.iter().any(named) { found.into_iter().filter(named).collect() } else { found }
}

/// Whether they are different people. One who was recorded twice is one: the newest record counts.
fn are_several(found: &[Map<String, Value>]) -> bool {
    let name = |record: &Map<String, Value>| {
        record.get("Name").and_then(Value::as_str).map(|name| name.trim().to_lowercase())
    };
    found.iter().any(|record| name(record) != name(&found[0]))
}

/// The question which of these people called.
fn choice(place: &Place, found: &[Map<String, Value>]) -> Failure {
    let candidates: Vec<Duplicate> =
        found.iter().filter_map(|record| Duplicate::of(place.sobject, record)).collect();
    let message = format!("{} {}s have this number or address", candidates.len(), place.sobject);
    Failure::of_choice(Problem::SEVERAL, &message, candidates)
}

/// Where an sObject keeps what a caller is found by.
struct Place {
    sobject: &'static str,
    also: &'static str,
    phones: &'static [&'static str],
    street: &'static str,
}

const CONTACT: Place = Place {
    sobject: "Contact",
    also: "AccountId",
    phones: &["Phone", "MobilePhone", "HomePhone", "OtherPhone"],
    street: "MailingStreet",
};

const LEAD: Place = Place {
    sobject: "Lead",
    also: "IsConverted, ConvertedContactId, ConvertedAccountId",
    phones: &["Phone", "MobilePhone"],
    street: "Street",
};

fn soql(query: &MatchQuery, place: &Place, more: &str) -> Option<String> {
    let condition = condition(query, place)?;
    let Place { sobject, also, phones, street } = place;
    let phones = phones.join(", ");
    Some(format!(
        "SELECT Id, Name, Email, {street}, {phones}, {also}{more} FROM {sobject} \
         WHERE {condition} ORDER BY LastModifiedDate DESC LIMIT {MOST}"
    ))
}

/// The newest open Lead; else the Contact the newest converted one became.
fn best_lead(open: &[Map<String, Value>], converted: &[Map<String, Value>], score: &str) -> Match {
    if let Some(first) = open.first() {
        return Match {
            kind: MatchKind::Lead,
            id: text(first, "Id"),
            name: text(first, "Name"),
            score: number(first, score),
            others: others(open.len()),
            ..Match::nobody()
        };
    }
    let became = converted.iter().find(|record| text(record, "ConvertedContactId").is_some());
    became.map_or_else(Match::nobody, |record| Match {
        kind: MatchKind::Contact,
        id: text(record, "ConvertedContactId"),
        name: text(record, "Name"),
        account_id: text(record, "ConvertedAccountId"),
        person: record.get("ConvertedAccount").and_then(Value::as_object).is_some_and(is_person),
        ..Match::nobody()
    })
}

fn is_person(record: &Map<String, Value>) -> bool {
    record.get("IsPersonAccount") == Some(&Value::Bool(true))
}

fn others(found: usize) -> u32 {
    u32::try_from(found.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn text(record: &Map<String, Value>, field: &str) -> Option<Text> {
    Text::non_empty(record.get(field)?.as_str()?)
}

/// Salesforce's numbers are decimals: 75 may come as 75.0.
fn number(record: &Map<String, Value>, field: &str) -> Option<u8> {
    let number = record.get(field)?.as_f64()?.clamp(0.0, 100.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100"
    )]
    Some(number as u8)
}

/// The part after `WHERE`; none when there is nothing to look for.
///
/// A number is sought as its groups of digits with anything between them, for people write it in
/// every form (`(614) 555-0142`, `614.555.0142 x12`); [`fitting`] sorts out what only looks so.
fn condition(query: &MatchQuery, place: &Place) -> Option<String> {
    let mut any = Vec::new();
    for groups in query.phones.iter().map(groups).filter(|groups| !groups.is_empty()) {
        let pattern = like_literal(&groups.join(" "));
        any.extend(place.phones.iter().map(|field| format!("{field} LIKE {pattern}")));
    }
    any.extend(
        query.emails.iter().map(|email| format!("Email = {}", text_literal(email.as_str()))),
    );
    if let (Some(name), Some(street)) = (&query.name, street(query)) {
        any.push(format!(
            "(Name LIKE {} AND {} LIKE {})",
            like_literal(name.as_str()),
            place.street,
            like_literal(&street)
        ));
    }
    (!any.is_empty()).then(|| any.join(" OR "))
}

/// The digits of a number as its country groups them, without the trunk prefix.
fn groups(phone: &Phone) -> Vec<String> {
    let national = phone.national();
    let mut groups: Vec<String> = national
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(first) = groups.first_mut() {
        *first = first.trim_start_matches('0').to_owned();
    }
    groups.retain(|group| !group.is_empty());
    // Too little to tell one caller from another.
    if groups.iter().map(String::len).sum::<usize>() < 6 { Vec::new() } else { groups }
}

/// Number and name of the street: "Street" or "St" behind them says nothing.
fn street(query: &MatchQuery) -> Option<String> {
    let words: Vec<&str> = query.address.as_ref()?.as_str().split_whitespace().take(2).collect();
    (words.len() == 2).then(|| words.join(" "))
}

/// The records that fit indeed, not only by the pattern.
fn fitting(
    records: Vec<Map<String, Value>>,
    query: &MatchQuery,
    place: &Place,
) -> Vec<Map<String, Value>> {
    let numbers: Vec<String> = query.phones.iter().map(|phone| groups(phone).concat()).collect();
    let fits = |record: &Map<String, Value>| {
        let value = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let phone = place.phones.iter().map(|field| digits(value(field))).any(|stored| {
            numbers.iter().any(|number| !number.is_empty() && stored.contains(number.as_str()))
        });
        let email =
            query.emails.iter().any(|email| email.as_str().eq_ignore_ascii_case(value("Email")));
        let lives_there = query.name.as_ref().zip(street(query)).is_some_and(|(name, street)| {
            contains_words(value("Name"), name.as_str())
                && contains_words(value(place.street), &street)
        });
        phone || email || lives_there
    };
    records.into_iter().filter(fits).collect()
}

/// Whether all `words` are words of `text`, whatever their case.
fn contains_words(text: &str, words: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect()
    };
    let known = split(text);
    split(words).iter().all(|word| word.is_empty() || known.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::{Region, Text};

    fn phones(number: &str) -> MatchQuery {
        let phone = Phone::parse(number, &Region::default());
        MatchQuery { phones: phone.into_iter().collect(), ..MatchQuery::default() }
    }

    fn record(json: Value) -> Map<String, Value> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_caller_cannot_leave_the_query() {
        let query = MatchQuery {
            emails: vec![Text::new("x' OR Id != '")],
            name: Some(Text::new("a%' OR Name LIKE '")),
            address: Some(Text::new("1 O'Neil_St")),
            ..phones("555010' OR Name LIKE '%")
        };
        assert_eq!(
            condition(&query, &LEAD).unwrap(),
            concat!(
                r"Phone LIKE '%555010%' OR MobilePhone LIKE '%555010%'",
                r" OR Email = 'x\' OR Id != \''",
                r" OR (Name LIKE '%a\%\'%OR%Name%LIKE%\'%' AND Street LIKE '%1%O\'Neil\_St%')"
            )
        );
    }

    #[test]
    fn a_number_is_found_in_every_form_and_its_like_is_not() {
        let query = phones("+16145550142");
        for (stored, fits) in [
            ("(614) 555-0142", true),
            ("+16145550142", true),
            ("614/555.0142 x12", true),
            ("614 1555 0142", false),
            ("(614) 555-01 42 ", true),
            ("", false),
        ] {
            let stored = record(json!({ "Id": "x", "Phone": stored }));
            assert_eq!(
                !fitting(vec![stored.clone()], &query, &LEAD).is_empty(),
                fits,
                "{stored:?}"
            );
        }
        assert_eq!(groups(&phones("+442079460958").phones[0]), ["20", "7946", "0958"]);
        assert_eq!(groups(&phones("911").phones[0]), Vec::<String>::new());
    }

    #[test]
    fn a_name_and_a_street_make_a_person() {
        let query = MatchQuery {
            name: Some(Text::new("Jane")),
            address: Some(Text::new("123 Main Street")),
            ..MatchQuery::default()
        };
        for (name, street, fits) in [
            ("Jane Whitfield", "123 Main St", true),
            ("Jane Whitfield", "1123 Mainland Rd", false),
            ("Janet Brown", "123 Main St", false),
        ] {
            let stored = record(json!({ "Id": "x", "Name": name, "MailingStreet": street }));
            assert_eq!(
                !fitting(vec![stored], &query, &CONTACT).is_empty(),
                fits,
                "{name} {street}"
            );
        }
    }

    #[test]
    fn nothing_known_asks_nothing() {
        assert_eq!(condition(&MatchQuery::default(), &CONTACT), None);
    }

    #[test]
    fn a_converted_lead_is_followed_and_an_open_one_preferred() {
        let converted = record(json!({
            "Id": "00Q000000000001AAA", "Name": "Jane Roe", "IsConverted": true,
            "ConvertedContactId": "003000000000001AAA",
            "ConvertedAccountId": "001000000000001AAA"}));
        let open = record(json!({
            "Id": "00Q000000000002AAA", "Name": "Jane Roe", "IsConverted": false, "Score__c": 75.0}));
        let followed = best_lead(&[], std::slice::from_ref(&converted), "Score__c");
        assert_eq!(followed.kind, MatchKind::Contact);
        assert_eq!(followed.id.unwrap().as_str(), "003000000000001AAA");
        let best = best_lead(&[open], &[converted], "Score__c");
        assert_eq!((best.kind, best.score), (MatchKind::Lead, Some(75)));
    }
}

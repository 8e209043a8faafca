//! Finding out who a caller is: Contact over open Lead over nobody.

use serde_json::{Map, Value};

use crate::{
    call::{Match, MatchKind, Phone, Text},
    plan::{self, MatchQuery},
    salesforce::{Failure, Org, like_literal, text_literal},
};

/// The most records of one kind that are looked at; more than a few mean a shared number.
const MOST: usize = 20;

const CONTACT_PHONES: &[&str] = &["Phone", "MobilePhone", "HomePhone", "OtherPhone"];
const LEAD_PHONES: &[&str] = &["Phone", "MobilePhone"];

/// Asks the org who the caller is.
pub(super) async fn look_up(
    org: &Org,
    query: &MatchQuery,
    settings: &plan::Settings,
) -> Result<Match, Failure> {
    let contacts = condition(query, CONTACT_PHONES, "MailingStreet");
    let Some(contacts) = contacts else { return Ok(nobody()) };
    let soql = format!(
        "SELECT Id, Name, AccountId FROM Contact WHERE {contacts} \
         ORDER BY LastModifiedDate DESC LIMIT {MOST}"
    );
    let contacts = org.query(&soql).await?;
    if let Some(first) = contacts.records.first() {
        return Ok(Match {
            kind: MatchKind::Contact,
            id: text(first, "Id"),
            name: text(first, "Name"),
            account_id: text(first, "AccountId"),
            score: None,
            others: others(contacts.records.len()),
        });
    }
    let Some(leads) = condition(query, LEAD_PHONES, "Street") else { return Ok(nobody()) };
    let score = settings.lead.score.as_str();
    let also = if score.is_empty() { String::new() } else { format!(", {score}") };
    let soql = format!(
        "SELECT Id, Name, IsConverted, ConvertedContactId, ConvertedAccountId{also} FROM Lead \
         WHERE {leads} ORDER BY LastModifiedDate DESC LIMIT {MOST}"
    );
    Ok(best_lead(&org.query(&soql).await?.records, score))
}

/// The newest open Lead; else the Contact the newest converted one became.
fn best_lead(records: &[Map<String, Value>], score: &str) -> Match {
    let converted = |record: &&Map<String, Value>| record.get("IsConverted") == Some(&true.into());
    let (closed, open): (Vec<_>, Vec<_>) = records.iter().partition(converted);
    if let Some(first) = open.first() {
        return Match {
            kind: MatchKind::Lead,
            id: text(first, "Id"),
            name: text(first, "Name"),
            account_id: None,
            score: number(first, score),
            others: others(open.len()),
        };
    }
    let became = closed.iter().find(|record| text(record, "ConvertedContactId").is_some());
    became.map_or_else(nobody, |record| Match {
        kind: MatchKind::Contact,
        id: text(record, "ConvertedContactId"),
        name: text(record, "Name"),
        account_id: text(record, "ConvertedAccountId"),
        score: None,
        others: 0,
    })
}

fn nobody() -> Match {
    Match {
        kind: MatchKind::Nobody,
        id: None,
        name: None,
        account_id: None,
        score: None,
        others: 0,
    }
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
fn condition(query: &MatchQuery, phones: &[&str], street: &str) -> Option<String> {
    let list = |values: &[String]| {
        let literals: Vec<String> = values.iter().map(|value| text_literal(value)).collect();
        literals.join(", ")
    };
    let mut any = Vec::new();
    let numbers: Vec<String> = query.phones.iter().flat_map(ways_to_write).collect();
    if !numbers.is_empty() {
        let numbers = list(&numbers);
        any.extend(phones.iter().map(|field| format!("{field} IN ({numbers})")));
    }
    if !query.emails.is_empty() {
        let emails: Vec<String> = query.emails.iter().map(ToString::to_string).collect();
        any.push(format!("Email IN ({})", list(&emails)));
    }
    if let (Some(name), Some(address)) = (&query.name, &query.address) {
        // "Street" or "St": number and name of the street say enough.
        let place: Vec<&str> = address.as_str().split_whitespace().take(2).collect();
        any.push(format!(
            "(Name LIKE {} AND {street} LIKE {})",
            like_literal(name.as_str()),
            like_literal(&place.join(" "))
        ));
    }
    (!any.is_empty()).then(|| format!("({})", any.join(" OR ")))
}

/// The ways people write a number into a phone field.
fn ways_to_write(phone: &Phone) -> Vec<String> {
    let plain = phone.as_str();
    let mut ways = vec![plain.to_owned()];
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    ways.push(digits.clone());
    ways.push(phone.national());
    if let Some(ten) = digits.strip_prefix('1').filter(|ten| phone.is_e164() && ten.len() == 10) {
        let (area, exchange, line) = (&ten[..3], &ten[3..6], &ten[6..]);
        ways.extend([
            ten.to_owned(),
            format!("({area}) {exchange}-{line}"),
            format!("({area}){exchange}-{line}"),
            format!("{area}-{exchange}-{line}"),
            format!("{area}.{exchange}.{line}"),
            format!("{area} {exchange} {line}"),
            format!("1-{area}-{exchange}-{line}"),
            format!("1 ({area}) {exchange}-{line}"),
            format!("+1 {area}-{exchange}-{line}"),
            format!("+1-{area}-{exchange}-{line}"),
            format!("+1 ({area}) {exchange}-{line}"),
            format!("+1 {area} {exchange} {line}"),
        ]);
    }
    ways.sort();
    ways.dedup();
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Region;

    #[test]
    fn a_caller_cannot_leave_the_query() {
        let query = MatchQuery {
            phones: vec![Phone::parse("5' OR Name LIKE '%", &Region::default()).unwrap()],
            emails: vec![Text::new("x' OR Id != '")],
            ..MatchQuery::default()
        };
        let condition = condition(&query, &["Phone"], "Street").unwrap();
        assert!(condition.contains(r"5\' OR Name LIKE \'%"), "{condition}");
        assert!(condition.contains(r"'x\' OR Id != \''"), "{condition}");
    }

    #[test]
    fn a_number_is_sought_in_every_form() {
        let phone = Phone::parse("+16145550142", &Region::default()).unwrap();
        let ways = ways_to_write(&phone);
        for way in ["+16145550142", "6145550142", "(614) 555-0142", "614-555-0142", "614.555.0142"]
        {
            assert!(ways.iter().any(|known| known == way), "{way}");
        }
    }

    #[test]
    fn nothing_known_asks_nothing() {
        assert_eq!(condition(&MatchQuery::default(), CONTACT_PHONES, "MailingStreet"), None);
    }

    #[test]
    fn a_converted_lead_is_followed_and_an_open_one_preferred() {
        let record = |json: Value| json.as_object().unwrap().clone();
        let converted = record(serde_json::json!({
            "Id": "00Q000000000001AAA", "Name": "Jane Roe", "IsConverted": true,
            "ConvertedContactId": "003000000000001AAA", "ConvertedAccountId": "001000000000001AAA"}));
        let open = record(serde_json::json!({
            "Id": "00Q000000000002AAA", "Name": "Jane Roe", "IsConverted": false}));
        let followed = best_lead(std::slice::from_ref(&converted), "");
        assert_eq!(followed.kind, MatchKind::Contact);
        assert_eq!(followed.id.unwrap().as_str(), "003000000000001AAA");
        assert_eq!(best_lead(&[converted, open], "").kind, MatchKind::Lead);
    }
}

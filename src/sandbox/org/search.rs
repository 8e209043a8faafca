//! Searches: SOSL and its parameterised form, over an index that lags behind.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Org,
    answer::{Answer, Refusal},
    duplicates::ten_digits,
    records::{Row, is_deleted, text},
    rest::json_of,
    schema::{Field, Kind, Object},
    soql,
    validate::datetime,
    wire::Request,
};

/// The most records a search returns without a limit of its own.
const MOST: usize = 2_000;

/// What is looked for, where.
struct Search {
    /// Any of these; each is words that must all be found.
    alternatives: Vec<Vec<String>>,
    scope: Scope,
    returning: Vec<Returning>,
    limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Name,
    Email,
    Phone,
}

/// An object to search, and the rest of its query after the field list.
struct Returning {
    object: String,
    fields: String,
    rest: String,
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new("MALFORMED_SEARCH", message)
}

impl Org {
    /// `GET /search?q=FIND {…} …`
    pub(super) fn search(&self, version: u32, request: &Request) -> Result<Answer, Refusal> {
        let sosl = request
            .parameter("q")
            .ok_or_else(|| malformed("A search string has to be specified"))?;
        self.run_search(version, &read_sosl(sosl)?)
    }

    /// `GET` or `POST /parameterizedSearch`
    pub(super) fn parameterized_search(
        &self,
        version: u32,
        request: &Request,
    ) -> Result<Answer, Refusal> {
        let body =
            if request.method == "POST" { json_of(&request.body)? } else { from_query(request) };
        self.run_search(version, &read_parameters(&body)?)
    }

    fn run_search(&self, version: u32, search: &Search) -> Result<Answer, Refusal> {
        let mut found = Vec::new();
        for returning in &search.returning {
            let object = self.schema.object(&returning.object).ok_or_else(|| {
                let message = format!("sObject type '{}' is not supported.", returning.object);
                Refusal::new("INVALID_TYPE", message)
            })?;
            let ids = self.hits(object, search);
            let query =
                format!("SELECT {} FROM {} {}", returning.fields, object.name, returning.rest);
            found.extend(soql::run_among(self, &query, &ids, version)?);
        }
        found.truncate(search.limit);
        Ok(Answer::json(200, json!({ "searchRecords": found })))
    }

    /// The records of an object that the index knows and that match.
    fn hits(&self, object: &Object, search: &Search) -> BTreeSet<String> {
        let delay = SignedDuration::try_from(self.options.search_delay).unwrap_or_default();
        let known = datetime(self.now().saturating_sub(delay).unwrap_or_default());
        self.tables
            .of(&object.name)
            .filter(|row| !is_deleted(row) && text(row, "CreatedDate") <= known.as_str())
            .filter(|row| search.finds(object, row))
            .map(|row| text(row, "Id").to_owned())
            .collect()
    }
}

impl Search {
    fn finds(&self, object: &Object, row: &Row) -> bool {
        let in_scope = |field: &&Field| match self.scope {
            Scope::All => !matches!(field.kind, Kind::Id | Kind::Reference | Kind::Datetime),
            Scope::Name => field.name.ends_with("Name"),
            Scope::Email => field.kind == Kind::Email,
            Scope::Phone => field.kind == Kind::Phone,
        };
        let held: Vec<(&Field, &str)> = object
            .fields()
            .filter(in_scope)
            .map(|field| (field, text(row, &field.name)))
            .filter(|(_, held)| !held.is_empty())
            .collect();
        let all_found = |words: &Vec<String>| {
            let as_number = ten_digits(&words.concat());
            let by_number = as_number.is_some_and(|number| {
                held.iter().any(|(field, held)| {
                    field.kind == Kind::Phone && ten_digits(held).as_ref() == Some(&number)
                })
            });
            let by_words =
                || words.iter().all(|word| held.iter().any(|(_, held)| holds_word(held, word)));
            by_number || by_words()
        };
        self.alternatives.iter().any(all_found)
    }
}

/// Whether one of the words of `held` is `word`, in which `*` stands for anything.
fn holds_word(held: &str, word: &str) -> bool {
    let start = word.strip_suffix('*');
    let separate = |c: char| !c.is_alphanumeric() && c != '@' && c != '.';
    held.to_lowercase().split(separate).any(|piece| match start {
        Some(start) => piece.starts_with(start),
        None => piece == word || piece.trim_end_matches('.') == word,
    })
}

/// The words of a search term, escapes resolved; operators are refused but for OR and AND.
fn read_term(term: &str, plain: bool) -> Result<Vec<Vec<String>>, Refusal> {
    let mut alternatives = vec![Vec::new()];
    let mut word = String::new();
    let mut letters = term.chars();
    let mut finish = |word: &mut String| {
        let done = std::mem::take(word);
        match done.as_str() {
            "OR" if !plain => alternatives.push(Vec::new()),
            "" => {}
            "AND" if !plain => {}
            _ => {
                if let Some(words) = alternatives.last_mut() {
                    words.push(done.to_lowercase());
                }
            }
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if !plain => match letters.next() {
                // An escaped separator separates words all the same.
                Some(escaped) if escaped.is_alphanumeric() || escaped == '@' => word.push(escaped),
                Some(_) => finish(&mut word),
                None => return Err(malformed("The search term ends in an escape")),
            },
            '{' | '}' | '[' | ']' | '^' | '~' | ':' if !plain => {
                return Err(malformed(format!("unexpected token: '{letter}'")));
            }
            '@' | '.' | '*' => word.push(letter),
            letter if letter.is_alphanumeric() => word.push(letter),
            _ => finish(&mut word),
        }
    }
    finish(&mut word);
    let letters = alternatives.iter().flatten().map(|word| word.chars().count());
    if letters.sum::<usize>() < 2 {
        return Err(malformed(format!("search term must be longer than one character: {term}")));
    }
    Ok(alternatives)
}

fn read_sosl(sosl: &str) -> Result<Search, Refusal> {
    let sosl = sosl.trim();
    let rest =
        strip_word(sosl, "FIND").ok_or_else(|| malformed("unexpected token: expecting 'FIND'"))?;
    let rest =
        rest.strip_prefix('{').ok_or_else(|| malformed("line 1: expecting a left brace, '{'"))?;
    let end = end_of_term(rest).ok_or_else(|| malformed("line 1: expecting a right brace, '}'"))?;
    let alternatives = read_term(&rest[..end], false)?;
    let mut rest = rest[end + 1..].trim_start();
    let mut search = Search { alternatives, scope: Scope::All, returning: Vec::new(), limit: MOST };
    if let Some(after) = strip_word(rest, "IN") {
        let (scope, after) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        search.scope = read_scope(scope)?;
        rest = strip_word(after, "FIELDS").ok_or_else(|| malformed("expecting 'FIELDS'"))?;
    }
    if let Some(after) = strip_word(rest, "RETURNING") {
        rest = after;
        while !rest.is_empty() && strip_word(rest, "LIMIT").is_none() {
            let (returning, after) = read_returning(rest)?;
            search.returning.push(returning);
            rest = after.trim_start().trim_start_matches(',').trim_start();
        }
    }
    if let Some(after) = strip_word(rest, "LIMIT") {
        search.limit = after.trim().parse().map_err(|_| malformed("LIMIT takes a number"))?;
        rest = "";
    }
    if !rest.is_empty() {
        return Err(malformed(format!("unexpected token: '{rest}'")));
    }
    if search.returning.is_empty() {
        search.returning.extend(["Lead", "Contact", "Account", "Opportunity"].map(everything));
    }
    Ok(search)
}

fn everything(object: &str) -> Returning {
    Returning { object: object.to_owned(), fields: "Id".to_owned(), rest: String::new() }
}

fn read_scope(name: &str) -> Result<Scope, Refusal> {
    match name.to_ascii_uppercase().as_str() {
        "ALL" | "SIDEBAR" => Ok(Scope::All),
        "NAME" => Ok(Scope::Name),
        "EMAIL" => Ok(Scope::Email),
        "PHONE" => Ok(Scope::Phone),
        other => Err(malformed(format!("unexpected token: '{other}'"))),
    }
}

/// `Lead(Id,Name WHERE … LIMIT 5)` or `Contact`, and what follows it.
fn read_returning(text: &str) -> Result<(Returning, &str), Refusal> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (object, rest) = text.split_at(end);
    if object.is_empty() {
        return Err(malformed(format!("unexpected token: '{text}'")));
    }
    let mut returning = everything(object);
    let rest = rest.trim_start();
    let Some(inner) = rest.strip_prefix('(') else { return Ok((returning, rest)) };
    let close = closing(inner).ok_or_else(|| malformed("expecting a right parenthesis, ')'"))?;
    let (inside, after) = (inner[..close].trim(), &inner[close + 1..]);
    let upper = inside.to_ascii_uppercase();
    let clause = [" WHERE ", " ORDER ", " LIMIT ", " USING "]
        .iter()
        .filter_map(|word| upper.find(word))
        .min();
    let (fields, rest) = inside.split_at(clause.unwrap_or(inside.len()));
    fields.trim().clone_into(&mut returning.fields);
    rest.trim().clone_into(&mut returning.rest);
    Ok((returning, after))
}

/// Where the parenthesis that was opened before `text` closes, outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => return Some(place),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

fn end_of_term(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(place, letter)| {
        let ends = letter == '}' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends.then_some(place)
    })
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let rest = &text[head.len()..];
    (rest.is_empty() || rest.starts_with([' ', '\n', '\t', '{'])).then(|| rest.trim_start())
}

fn from_query(request: &Request) -> Value {
    let mut body = json!({});
    for (name, value) in &request.query {
        match name.as_str() {
            "sobject" => body["sobjects"] = json!([{ "name": value }]),
            "fields" => body["fields"] = value.split(',').map(str::trim).collect(),
            "defaultLimit" | "overallLimit" => body[name] = json!(value.parse::<usize>().ok()),
            _ => body[name] = json!(value),
        }
    }
    body
}

fn read_parameters(body: &Value) -> Result<Search, Refusal> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let term = text(body, "q").ok_or_else(|| malformed("'q' is a required field."))?;
    let list = |value: &Value| {
        let names = value.get("fields").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
    };
    let default_fields =
        Some(list(body)).filter(|fields| !fields.is_empty()).unwrap_or_else(|| "Id".to_owned());
    let limit_of = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
    let default_limit = limit_of(body, "defaultLimit");
    let mut returning = Vec::new();
    for sobject in body.get("sobjects").and_then(Value::as_array).into_iter().flatten() {
        let object =
            text(sobject, "name").ok_or_else(|| malformed("'name' is a required field."))?;
        let fields = Some(list(sobject)).filter(|fields| !fields.is_empty());
        let filter = text(sobject, "where").map(|filter| format!("WHERE {filter} "));
        let limit = limit_of(sobject, "limit").or(default_limit);
        let limit = limit.map(|limit| format!("LIMIT {limit}"));
        returning.push(Returning {
            object,
            fields: fields.unwrap_or_else(|| default_fields.clone()),
            rest: filter.unwrap_or_default() + &limit.unwrap_or_default(),
        });
    }
    if returning.is_empty() {
        returning.extend(["Lead", "Contact", "Account", "Opportunity"].map(everything));
    }
    let limit = limit_of(body, "overallLimit").and_then(|limit| usize::try_from(limit).ok());
    Ok(Search {
        alternatives: read_term(&term, true)?,
        scope: text(body, "in").map_or(Ok(Scope::All), |scope| read_scope(&scope))?,
        returning,
        limit: limit.unwrap_or(MOST),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sosl_is_taken_apart() {
        let search = read_sosl(
            "FIND {614\\-555\\-0142 OR \"Maria\"} IN PHONE FIELDS RETURNING Lead(Id,Name WHERE IsConverted=false AND (Name != 'a)') LIMIT 5), Contact LIMIT 9",
        )
        .unwrap();
        assert_eq!(search.alternatives, [vec!["614", "555", "0142"], vec!["maria"]]);
        assert_eq!((search.scope, search.limit, search.returning.len()), (Scope::Phone, 9, 2));
        assert_eq!(search.returning[0].fields, "Id,Name");
        assert!(search.returning[0].rest.ends_with("'a)') LIMIT 5"));
    }

    #[test]
    fn what_is_no_sosl_is_refused() {
        for sosl in [
            "SELECT Id",
            "FIND maria",
            "FIND {a}",
            "FIND {maria",
            "FIND {maria} NEAR",
            "FIND {a^b}",
        ] {
            assert!(read_sosl(sosl).is_err(), "{sosl}");
        }
    }

    #[test]
    fn words_are_found_whole_or_by_their_start() {
        assert!(holds_word("Maria Alvarez", "maria") && !holds_word("Maria", "mari"));
        assert!(holds_word("Maria", "mari*"));
        assert!(holds_word("maria.alvarez@example.com", "maria.alvarez@example.com"));
    }
}

//! From text to [`Query`], refusing what SOQL refuses.

use super::{
    Filter, Item, Literal, Operator, Order, Path, Query, Refusal,
    lexer::{self, Kind, Token},
    refuse,
};

/// Reads a whole query.
pub(super) fn parse(text: &str) -> Result<Query, Refusal> {
    let mut parser = Parser { text, tokens: lexer::tokens(text)?, next: 0 };
    let query = parser.query()?;
    parser.end()?;
    Ok(query)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Kind {
        self.tokens.get(self.next).map_or(&Kind::End, |token| &token.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.at)
    }

    fn take(&mut self) -> Kind {
        let kind = self.peek().clone();
        self.next += 1;
        kind
    }

    fn unexpected<T>(&self) -> Result<T, Refusal> {
        let shown = match self.peek() {
            Kind::Word(text) | Kind::Bare(text) | Kind::Text(text) => text.as_str(),
            Kind::Sign(sign) => sign,
            Kind::End => "<EOF>",
        };
        let message = format!("unexpected token: '{shown}'");
        Err(refuse("MALFORMED_QUERY", self.text, self.at(), &message))
    }

    fn end(&self) -> Result<(), Refusal> {
        if *self.peek() == Kind::End { Ok(()) } else { self.unexpected() }
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Kind::Word(word) if word.eq_ignore_ascii_case(wanted))
    }

    fn takes_word(&mut self, wanted: &str) -> bool {
        let found = self.is_word(wanted);
        self.next += usize::from(found);
        found
    }

    fn takes_sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Kind::Sign(sign) if *sign == wanted);
        self.next += usize::from(found);
        found
    }

    fn expect_word(&mut self, wanted: &str) -> Result<(), Refusal> {
        if self.takes_word(wanted) { Ok(()) } else { self.unexpected() }
    }

    fn expect_sign(&mut self, wanted: &str) -> Result<(), Refusal> {
        if self.takes_sign(wanted) { Ok(()) } else { self.unexpected() }
    }

    fn word(&mut self) -> Result<String, Refusal> {
        match self.peek() {
            Kind::Word(word) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => self.unexpected(),
        }
    }

    fn path(&mut self) -> Result<Path, Refusal> {
        let at = self.at();
        let word = self.word()?;
        Ok(Path { steps: word.split('.').map(str::to_owned).collect(), at })
    }

    fn query(&mut self) -> Result<Query, Refusal> {
        self.expect_word("SELECT")?;
        let mut select = vec![self.item()?];
        while self.takes_sign(",") {
            select.push(self.item()?);
        }
        self.expect_word("FROM")?;
        let from = self.word()?;
        let mut query = Query {
            select,
            from,
            filter: None,
            group: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: 0,
            all_rows: false,
        };
        if self.takes_word("WHERE") {
            query.filter = Some(self.filter()?);
        }
        self.skip_with()?;
        if self.takes_word("GROUP") {
            self.expect_word("BY")?;
            query.group.push(self.path()?);
            while self.takes_sign(",") {
                query.group.push(self.path()?);
            }
        }
        self.tail(&mut query)?;
        Ok(query)
    }

    /// `WITH SECURITY_ENFORCED` and its like change nothing here.
    fn skip_with(&mut self) -> Result<(), Refusal> {
        if self.takes_word("WITH") { self.word().map(|_| ()) } else { Ok(()) }
    }

    fn tail(&mut self, query: &mut Query) -> Result<(), Refusal> {
        if self.takes_word("ORDER") {
            self.expect_word("BY")?;
            query.order.push(self.order()?);
            while self.takes_sign(",") {
                query.order.push(self.order()?);
            }
        }
        if self.takes_word("LIMIT") {
            query.limit = Some(self.count()?);
        }
        if self.takes_word("OFFSET") {
            query.offset = self.count()?;
        }
        if self.takes_word("ALL") {
            self.expect_word("ROWS")?;
            query.all_rows = true;
        }
        if self.takes_word("FOR") {
            self.word()?;
        }
        Ok(())
    }

    fn order(&mut self) -> Result<Order, Refusal> {
        let path = self.path()?;
        let descending = !self.takes_word("ASC") && self.takes_word("DESC");
        let nulls_last = self.takes_word("NULLS") && {
            let last = self.takes_word("LAST");
            if !last {
                self.expect_word("FIRST")?;
            }
            last
        };
        Ok(Order { path, descending, nulls_last })
    }

    fn count(&mut self) -> Result<usize, Refusal> {
        match self.peek() {
            Kind::Bare(digits) => match digits.parse() {
                Ok(count) => {
                    self.next += 1;
                    Ok(count)
                }
                Err(_) => self.unexpected(),
            },
            _ => self.unexpected(),
        }
    }

    fn item(&mut self) -> Result<Item, Refusal> {
        if self.takes_sign("(") {
            let inner = self.query()?;
            self.expect_sign(")")?;
            return Ok(Item::Children(Box::new(inner)));
        }
        let path = self.path()?;
        if !self.takes_sign("(") {
            return Ok(Item::Field(path));
        }
        let function = path.steps.join(".").to_ascii_uppercase();
        if function == "FIELDS" {
            let which = self.word()?.to_ascii_uppercase();
            self.expect_sign(")")?;
            return Ok(Item::Fields(which));
        }
        if !["COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"].contains(&function.as_str()) {
            return self.unexpected();
        }
        let argument = if *self.peek() == Kind::Sign(")") { None } else { Some(self.path()?) };
        self.expect_sign(")")?;
        let alias = match self.peek() {
            Kind::Word(word) if !word.eq_ignore_ascii_case("FROM") => Some(self.word()?),
            _ => None,
        };
        Ok(Item::Aggregate { function, path: argument, alias })
    }

    /// AND and OR don't mix without parentheses.
    fn filter(&mut self) -> Result<Filter, Refusal> {
        let first = self.condition()?;
        let (word, join): (&str, fn(Vec<Filter>) -> Filter) =
            if self.is_word("OR") { ("OR", Filter::Or) } else { ("AND", Filter::And) };
        let mut all = vec![first];
        while self.takes_word(word) {
            all.push(self.condition()?);
        }
        if self.is_word("AND") || self.is_word("OR") {
            return self.unexpected();
        }
        Ok(if all.len() == 1 { all.remove(0) } else { join(all) })
    }

    fn condition(&mut self) -> Result<Filter, Refusal> {
        if self.takes_word("NOT") {
            return Ok(Filter::Not(Box::new(self.condition()?)));
        }
        if self.takes_sign("(") {
            let inner = self.filter()?;
            self.expect_sign(")")?;
            return Ok(inner);
        }
        let path = self.path()?;
        if self.takes_word("NOT") {
            self.expect_word("IN")?;
            return self.membership(path, true);
        }
        if self.takes_word("IN") {
            return self.membership(path, false);
        }
        let operator = match self.take() {
            Kind::Sign("=") => Operator::Equal,
            Kind::Sign("!=" | "<>") => Operator::NotEqual,
            Kind::Sign("<") => Operator::Less,
            Kind::Sign("<=") => Operator::LessOrEqual,
            Kind::Sign(">") => Operator::Greater,
            Kind::Sign(">=") => Operator::GreaterOrEqual,
            Kind::Word(word) if word.eq_ignore_ascii_case("LIKE") => Operator::Like,
            _ => {
                self.next -= 1;
                return self.unexpected();
            }
        };
        let value = self.literal()?;
        Ok(Filter::Compare { path, operator, value })
    }

    fn membership(&mut self, path: Path, not: bool) -> Result<Filter, Refusal> {
        self.expect_sign("(")?;
        if self.is_word("SELECT") {
            let query = Box::new(self.query()?);
            self.expect_sign(")")?;
            return Ok(Filter::InQuery { path, not, query });
        }
        let mut values = vec![self.literal()?];
        while self.takes_sign(",") {
            values.push(self.literal()?);
        }
        self.expect_sign(")")?;
        Ok(Filter::In { path, not, values })
    }

    fn literal(&mut self) -> Result<Literal, Refusal> {
        let literal = match self.peek() {
            Kind::Text(raw) => Literal::Text(raw.clone()),
            Kind::Word(word) if word.eq_ignore_ascii_case("null") => Literal::Null,
            Kind::Word(bare) | Kind::Bare(bare) => Literal::Bare(bare.clone()),
            _ => return self.unexpected(),
        };
        self.next += 1;
        Ok(literal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn reads_what_people_write() {
        for text in [
            "SELECT Id FROM Lead",
            "select id, Owner.Name from lead where (Phone = '1' or Phone = '2') and isconverted = false",
            "SELECT COUNT() FROM Lead WHERE CreatedDate = LAST_N_DAYS:3",
            "SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status",
            "SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name DESC NULLS LAST LIMIT 5 OFFSET 2",
            "SELECT Id FROM Lead WHERE NOT Name LIKE 'A%' AND Id NOT IN ('a','b')",
            "SELECT FIELDS(ALL) FROM Lead LIMIT 200",
            "SELECT Id FROM Lead WHERE LastModifiedDate > 2026-11-21T10:00:00.000+00:00 AND Amount__c >= -1.5",
        ] {
            assert!(parse(text).is_ok(), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn marks_what_it_cannot_read() {
        assert_eq!(
            refusal("SELECT Id FORM Lead"),
            "\nSELECT Id FORM Lead\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FORM'"
        );
        assert!(refusal("SELECT Id FROM Lead WHERE A = 1 OR B = 2 AND C = 3").contains("'AND'"));
        assert!(refusal("SELECT Id FROM Lead WHERE Name = 'O'Brien'").contains("'Brien'"));
        assert!(refusal("SELECT Id FROM Lead; DROP").contains("';'"));
        assert!(refusal("SELECT Id FROM Lead WHERE").contains("<EOF>"));
    }
}

//! What an operator fills in: fields that say as one types whether they hold.

use jiff::{Zoned, civil::Date};

use super::Line;
use crate::{
    call::{Money, Text},
    console::when,
};

/// Fields, and the line below them where it is confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The fields, from top to bottom.
    pub fields: Vec<Field>,
    /// Which one is being filled in; one past the last: none, the confirming key counts.
    pub at: usize,
    /// The moment "fri 3pm" is reckoned from, in the business's zone.
    now: Zoned,
}

/// One thing to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What may stand in it.
    pub kind: Kind,
    /// What stands in it.
    pub line: Line,
    /// It is not written at all.
    pub left_out: bool,
}

/// What may stand in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, at most so many characters; at least one if needed.
    Words {
        /// The most characters.
        most: usize,
        /// Whether it may not be empty.
        needed: bool,
    },
    /// One of these, taken with left and right or by its first letters.
    List(Vec<String>),
    /// A number; may be empty.
    Number,
    /// An amount; may be empty.
    Amount,
    /// A day.
    Day,
    /// A day and a time to come.
    Moment,
}

/// What a field holds, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// The field is not to be written.
    LeftOut,
    /// Words.
    Words(Text),
    /// An amount.
    Amount(Money),
    /// A day.
    Day(Date),
    /// A moment.
    Moment(Zoned),
}

impl Field {
    /// A field with something in it already.
    pub fn new(name: &str, kind: Kind, text: &str) -> Self {
        Self { name: name.to_owned(), kind, line: Line::new(text), left_out: false }
    }

    /// What it holds, or what is wrong with it in a few words.
    ///
    /// # Errors
    /// What to put right.
    pub fn value(&self, now: &Zoned) -> Result<Value, String> {
        let text = self.line.text().trim();
        if self.left_out {
            return Ok(Value::LeftOut);
        }
        match &self.kind {
            Kind::Words { needed: true, .. } if text.is_empty() => Err("needed".to_owned()),
            Kind::Words { most, .. } => match text.chars().count() {
                0 => Ok(Value::Nothing),
                many if many > *most => Err(format!("{} characters too long", many - most)),
                _ => Ok(Value::Words(text.into())),
            },
            Kind::List(options) => options
                .iter()
                .find(|option| option.eq_ignore_ascii_case(text))
                .map(|option| Value::Words(option.as_str().into()))
                .ok_or_else(|| "not in the list: ← → choose".to_owned()),
            Kind::Number | Kind::Amount if text.is_empty() => Ok(Value::Nothing),
            Kind::Number => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Value::Words(text.into())),
                _ => Err("no number".to_owned()),
            },
            Kind::Amount => amount(text).map(Value::Amount),
            Kind::Day => when::day(text, now).map(Value::Day),
            Kind::Moment => when::moment(text, now).map(Value::Moment),
        }
    }

    /// How what it holds was understood, where that isn't what was typed.
    pub fn understood(&self, now: &Zoned) -> Result<String, String> {
        Ok(match self.value(now)? {
            // What need not be said needs no word for it.
            Value::Nothing if matches!(self.kind, Kind::Words { .. }) => String::new(),
            Value::Nothing => "none".to_owned(),
            Value::LeftOut => "is not written".to_owned(),
            Value::Words(_) => String::new(),
            Value::Amount(amount) => amount.to_string(),
            Value::Day(day) => day.strftime("%a %d %b %Y").to_string(),
            Value::Moment(at) => when::said(&at, now),
        })
    }

    /// Takes the next or the one before of a list.
    pub fn choose(&mut self, forward: bool) {
        let Kind::List(options) = &self.kind else { return };
        if options.is_empty() {
            return;
        }
        let here = options.iter().position(|o| o.eq_ignore_ascii_case(self.line.text().trim()));
        let many = options.len();
        let next = match (here, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1) % many,
            (Some(at), false) => (at + many - 1) % many,
        };
        self.line = Line::new(&options[next]);
    }
}

/// `4200`, `$4,200`, `4.2k`.
fn amount(text: &str) -> Result<Money, String> {
    let wrong = || "no amount: write 4200 or 4.2k".to_owned();
    let plain: String = text.chars().filter(|c| !matches!(c, '$' | ',' | ' ')).collect();
    let (digits, thousands) = match plain.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, true),
        None => (plain.as_str(), false),
    };
    let mut number: rust_decimal::Decimal = digits.parse().map_err(|_| wrong())?;
    if thousands {
        number = number.checked_mul(1_000.into()).ok_or_else(wrong)?;
    }
    if number.is_sign_negative() {
        return Err("below nothing".to_owned());
    }
    Ok(number.into())
}

impl Form {
    /// A form where the confirming key counts at once; fields are a key away.
    pub fn new(fields: Vec<Field>, now: Zoned) -> Self {
        let at = fields.len();
        Self { fields, at, now }
    }

    /// The same, beginning in the first field.
    pub fn begin_at_first(mut self) -> Self {
        self.at = 0;
        self
    }

    /// The moment it reckons from.
    pub fn now(&self) -> &Zoned {
        &self.now
    }

    /// The field that is being filled in; none on the last line.
    pub fn field(&self) -> Option<&Field> {
        self.fields.get(self.at)
    }

    /// The same, to change.
    pub fn field_mut(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    /// Goes to the next field or the one before.
    pub fn step(&mut self, forward: bool) {
        let places = self.fields.len() + 1;
        self.at = (self.at + if forward { 1 } else { places - 1 }) % places;
    }

    /// What the fields hold.
    ///
    /// # Errors
    /// The first field that does not hold, with what is wrong.
    pub fn values(&self) -> Result<Vec<Value>, (usize, String)> {
        let value = |(index, field): (usize, &Field)| {
            field.value(&self.now).map_err(|why| (index, format!("{}: {why}", field.name)))
        };
        self.fields.iter().enumerate().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        jiff::civil::date(2026, 5, 14).at(10, 0, 0, 0).in_tz("America/New_York").unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, shown) in
            [("4200", "$4.2k"), ("$4,200", "$4.2k"), ("4.2k", "$4.2k"), ("$ 10 000", "$10k")]
        {
            assert_eq!(amount(text).unwrap().to_string(), shown, "{text}");
        }
        for text in ["-1", "x", "1.2.3", "k", "99999999999999999999999999999k"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_takes_only_what_is_in_it_and_goes_round() {
        let options = Kind::List(vec!["Qualification".to_owned(), "Proposal".to_owned()]);
        let mut stage = Field::new("Stage", options, "Qualificatio");
        assert!(stage.value(&now()).is_err());
        stage.choose(true);
        assert_eq!(stage.line.text(), "Qualification");
        stage.choose(true);
        stage.choose(true);
        stage.choose(false);
        assert_eq!(stage.value(&now()), Ok(Value::Words("Proposal".into())));
    }

    #[test]
    fn a_form_names_the_field_that_does_not_hold() {
        let words = Kind::Words { most: 5, needed: true };
        let mut form = Form::new(
            vec![Field::new("Name", words.clone(), "Roof"), Field::new("Amount", Kind::Amount, "")],
            now(),
        );
        assert_eq!(form.values(), Ok(vec![Value::Words("Roof".into()), Value::Nothing]));
        form.fields[0] = Field::new("Name", words, "Roofing");
        assert_eq!(form.values(), Err((0, "Name: 2 characters too long".to_owned())));
    }
}

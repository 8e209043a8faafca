//! A line as words: case, accents, apostrophes and punctuation evened out, each word still knowing
//! its bytes in the original.

use super::number;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, or a sign that means one (`$`, `%`).
    Word,
    /// Digits, with their point, colon and without thousands separators.
    Digits,
    /// A comma, dash, colon or bracket: a breath.
    Pause,
    /// The end of a sentence.
    Stop,
    /// The end of a question.
    Question,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its bytes in the original line.
    pub(super) start: usize,
    /// One past its last byte in the original line.
    pub(super) end: usize,
    from: usize,
    to: usize,
    /// A slash parts it from the next: "12/2".
    slashed: bool,
}

/// The words of one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// All words, evened out, with single spaces between them.
    flat: String,
    tokens: Vec<Token>,
}

impl Words {
    /// Reads `text`.
    pub(super) fn of(text: &str) -> Self {
        let mut reader = Reader { text, words: Self::default() };
        reader.read();
        reader.words
    }

    /// The evened-out text.
    pub(super) fn flat(&self) -> &str {
        &self.flat
    }

    /// How many tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The tokens.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The evened-out word at `index`; empty beyond the end.
    pub(super) fn at(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.flat[token.from..token.to])
    }

    /// The kind of the token at `index`; a stop beyond the end.
    pub(super) fn kind(&self, index: usize) -> Kind {
        self.tokens.get(index).map_or(Kind::Stop, |token| token.kind)
    }

    /// Whether the token at `index` ends a sentence, or there is none.
    pub(super) fn is_end(&self, index: usize) -> bool {
        matches!(self.kind(index), Kind::Stop | Kind::Question)
    }

    /// Whether the digits at `index` and the next are parted by a slash: "12/2".
    pub(super) fn is_slashed(&self, index: usize) -> bool {
        let slashed = self.tokens.get(index).is_some_and(|token| token.slashed);
        slashed && self.kind(index) == Kind::Digits && self.kind(index + 1) == Kind::Digits
    }

    /// The original bytes of tokens `from..to`.
    pub(super) fn span(&self, from: usize, to: usize) -> (usize, usize) {
        let start = self.tokens.get(from).map_or(0, |token| token.start);
        let end = to.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |t| t.end);
        (start, end.max(start))
    }
}

struct Reader<'a> {
    text: &'a str,
    words: Words,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            let next = at + c.len_utf8();
            at = match c {
                c if c.is_ascii_digit() => self.digits(at),
                c if c.is_alphanumeric() => self.word(at),
                '.' if self.joins_letters(at, next) || self.ends_title(at) => next,
                '.' | '!' | '…' | '\n' | '¡' => self.mark(Kind::Stop, ".", at, next),
                '?' => self.mark(Kind::Question, "?", at, next),
                '-' | '–' | '—' if self.between_digits(at, next) => {
                    self.mark(Kind::Word, "-", at, next)
                }
                '-' | '−' if self.is_sign(at, next) => self.mark(Kind::Word, "minus", at, next),
                '-' if !self.spaced(at, next) => next,
                '/' if !self.spaced(at, next) => {
                    self.words
                        .tokens
                        .iter_mut()
                        .next_back()
                        .into_iter()
                        .for_each(|it| it.slashed = true);
                    next
                }
                ',' | ';' | ':' | '(' | ')' | '-' | '–' | '—' => {
                    self.mark(Kind::Pause, ",", at, next)
                }
                '$' => self.mark(Kind::Word, "$", at, next),
                '%' => self.mark(Kind::Word, "%", at, next),
                '#' => self.mark(Kind::Word, "#", at, next),
                '°' => self.mark(Kind::Word, "degrees", at, next),
                '&' => self.mark(Kind::Word, "and", at, next),
                '@' => self.mark(Kind::Word, "@", at, next),
                _ => next,
            };
        }
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, next: usize) -> Option<char> {
        self.text[next..].chars().next()
    }

    /// "a.s.a.p", "p.m", "jane.doe": a point inside a word ends nothing.
    fn joins_letters(&self, at: usize, next: usize) -> bool {
        let alone = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        alone(self.before(at)) && alone(self.after(next))
    }

    /// "Ms. Whitlow" is one breath.
    fn ends_title(&self, at: usize) -> bool {
        let Some(last) = self.words.len().checked_sub(1) else { return false };
        let adjacent = self.words.tokens[last].end == at;
        adjacent && matches!(self.words.at(last), "mr" | "mrs" | "ms" | "dr")
    }

    fn between_digits(&self, at: usize, next: usize) -> bool {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '$' || c == 'k');
        let near = |c: Option<char>| c.is_some_and(|c| c == ' ');
        digit(self.before(at)) && digit(self.after(next))
            || near(self.before(at))
                && near(self.after(next))
                && digit(self.text[..at].trim_end().chars().next_back())
                && digit(self.text[next..].trim_start().chars().next())
    }

    /// "-10": below zero.
    fn is_sign(&self, at: usize, next: usize) -> bool {
        self.before(at).is_none_or(char::is_whitespace)
            && self.after(next).is_some_and(|c| c.is_ascii_digit())
    }

    fn spaced(&self, at: usize, next: usize) -> bool {
        let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        space(self.before(at)) || space(self.after(next))
    }

    /// Whether the word before was the same: "it's not not cooling" says it once.
    fn stutters(&self, flat: &str) -> bool {
        let words = &self.words;
        words.len() > 0
            && flat.len() > 1
            && words.at(words.len() - 1) == flat
            && !REPEATED.contains(&flat)
            && number::up_to_ninety(flat).is_none()
    }

    fn mark(&mut self, kind: Kind, flat: &str, at: usize, next: usize) -> usize {
        self.push(kind, flat, at, next);
        next
    }

    fn push(&mut self, kind: Kind, flat: &str, start: usize, end: usize) {
        let words = &mut self.words;
        if !words.flat.is_empty() {
            words.flat.push(' ');
        }
        let from = words.flat.len();
        words.flat.push_str(flat);
        let to = words.flat.len();
        words.tokens.push(Token { kind, start, end, from, to, slashed: false });
    }

    /// "1,200" as `1200`, "7:30", "1.5"; letters after it are a word of their own ("50k", "5pm").
    fn digits(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
        let mut flat = String::new();
        let mut end = at;
        while end < bytes.len() {
            match bytes[end] {
                b if b.is_ascii_digit() => flat.push(char::from(b)),
                b',' if (1..=3).all(|i| digit(end + i)) && !digit(end + 4) => {}
                b @ (b'.' | b':') if digit(end + 1) => flat.push(char::from(b)),
                _ => break,
            }
            end += 1;
        }
        self.push(Kind::Digits, &flat, at, end);
        end
    }

    /// "O-A-K-E-S" is a word spelled out, not the letters' own meanings: where it ends.
    fn spelled(&self, at: usize) -> Option<usize> {
        let mut letters = 0;
        let mut end = at;
        loop {
            let letter = self.after(end).filter(|c| c.is_alphabetic())?;
            letters += 1;
            end += letter.len_utf8();
            match self.after(end) {
                Some('-') => end += 1,
                Some(c) if c.is_alphanumeric() => return None,
                _ => return (letters > 2).then_some(end),
            }
        }
    }

    fn word(&mut self, at: usize) -> usize {
        if let Some(end) = self.spelled(at) {
            let mut flat = String::new();
            self.text[at..end].chars().filter(|c| *c != '-').for_each(|c| fold(c, &mut flat));
            self.push(Kind::Word, &flat, at, end);
            return end;
        }
        let mut flat = String::new();
        let mut end = at;
        for (i, c) in self.text[at..].char_indices() {
            let place = at + i;
            let next = place + c.len_utf8();
            if c.is_alphanumeric() && !(c.is_ascii_digit() && flat.len() <= 1 && i == 0) {
                fold(c, &mut flat);
            } else if matches!(c, '\'' | '’' | '‘')
                && self.after(next).is_some_and(char::is_alphabetic)
            {
                flat.push('\'');
            } else if !is_mark(c) {
                break;
            }
            end = next;
        }
        // "My wife'll call" says "will".
        if let Some(stem) = flat.strip_suffix("'ll").filter(|stem| !PRONOUNS.contains(stem)) {
            self.push(Kind::Word, stem, at, end - 3);
            self.push(Kind::Word, "will", end - 3, end);
            return end;
        }
        even_apostrophes(&mut flat);
        if self.stutters(&flat) {
            return end;
        }
        self.push(Kind::Word, &flat, at, end);
        end
    }
}

/// Words that mean something said twice, as numbers do ("at ten ten"): tests, refusals.
const REPEATED: &[&str] = &["testing", "test", "no", "hello"];

/// Words that rules know together with their `'ll`.
const PRONOUNS: &[&str] = &["i", "we", "you", "he", "she", "it", "they", "that", "this", "there"];

/// Words whose `'s` is a verb recognisers write without its apostrophe ("its", "thats").
const WITH_VERB: &[&str] =
    &["it", "that", "there", "what", "who", "he", "she", "here", "where", "how", "when", "let"];

/// "isn't" becomes "isnt" and "it's" "its", as recognisers write them too; "toilet's" is "toilet";
/// "I'll", "we're" and "I'd" stay what they are.
fn even_apostrophes(flat: &mut String) {
    let Some((stem, ending)) = flat.split_once('\'') else { return };
    match ending {
        "ll" | "re" | "d" => {}
        "s" if !WITH_VERB.contains(&stem) => {
            let length = stem.len();
            flat.truncate(length);
        }
        _ => flat.retain(|c| c != '\''),
    }
}

/// Combining accents, which change nothing here.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// `c` in lower case and without accent.
fn fold(c: char, into: &mut String) {
    if c.is_ascii() {
        into.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        into.push(match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            c if is_mark(c) => continue,
            c => c,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> String {
        Words::of(text).flat().to_owned()
    }

    #[test]
    fn evens_out_what_recognisers_write_differently() {
        for (text, expected) in [
            ("It isn’t, ISN'T, isnt", "it isnt , isnt , isnt"),
            ("its not not cooling, no no", "its not cooling , no no"),
            ("I'll, we're; I'd", "i'll , we're , i'd"),
            ("the toilet's, it's", "the toilet , its"),
            ("it's -10 and 5-6", "its minus 10 and 5 - 6"),
            ("Give Ms. Whitlow a call.", "give ms whitlow a call ."),
            ("my wife'll, he'll", "my wife will , he'll"),
            ("¿Sí? el baño.", "si ? el bano ."),
            ("$8,000-12,000!", "$ 8000 - 12000 ."),
            ("50k at 7:30pm, tune-up", "50 k at 7:30 pm , tune up"),
            ("A.S.A.P. p.m.", "a s a p . p m ."),
            ("Oakes, O-A-K-E-S, an A-C unit", "oakes , oakes , an a c unit"),
            ("jane.doe@gmail.com", "jane doe @ gmail com"),
            ("555-0134 and 1.5 & 50%", "555 - 0134 and 1.5 and 50 %"),
        ] {
            assert_eq!(flat(text), expected, "{text}");
        }
    }

    #[test]
    fn every_word_knows_its_bytes() {
        let text = "¿Señor, it isn't 1,200?";
        let words = Words::of(text);
        let slices: Vec<&str> = words.tokens().iter().map(|t| &text[t.start..t.end]).collect();
        assert_eq!(slices, ["Señor", ",", "it", "isn't", "1,200", "?"]);
    }
}

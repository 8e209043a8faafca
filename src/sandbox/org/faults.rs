//! What can be made to go wrong, how often, and with what.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that goes wrong, and how far it reaches.
///
/// As JSON: `{"kind":"lock","sobject":"Lead","count":2}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only requests about this object.
    #[serde(default)]
    pub sobject: Option<String>,
    /// So many times, then never again.
    #[serde(default)]
    pub count: Option<u32>,
    /// With this chance (0 to 1) each time; always when absent.
    #[serde(default)]
    pub probability: Option<f64>,
    /// For so long, then never again.
    #[serde(default)]
    pub for_seconds: Option<f64>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Every answer waits.
    Latency {
        /// At least so many milliseconds.
        ms: u64,
        /// And up to so many more.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// The answer's body trickles: it is cut in ten pieces, with a pause between them.
    SlowBody {
        /// From first to last byte, in milliseconds.
        ms: u64,
    },
    /// Nobody is there.
    Outage {
        /// How it shows.
        #[serde(default)]
        style: OutageStyle,
    },
    /// The request is refused with this status: 429, 500, 502, 504, 420 …
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
        /// The body: a REST error with this code, or an empty one without.
        #[serde(default)]
        code: Option<String>,
        /// The words of that error.
        #[serde(default)]
        message: Option<String>,
    },
    /// The work is done, then the connection closes without an answer.
    DropAfterCommit,
    /// `UNABLE_TO_LOCK_ROW` when a record is saved.
    Lock,
    /// Saving a record is refused with a code of your choice.
    Refuse {
        /// Such as `CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY`.
        code: String,
        /// Its words.
        #[serde(default)]
        message: Option<String>,
        /// The field it names.
        #[serde(default)]
        field: Option<String>,
    },
    /// `FIELD_CUSTOM_VALIDATION_EXCEPTION` when the saved record fulfils the condition.
    ValidationRule {
        /// The field that is looked at.
        field: String,
        /// What it must be for the rule to fire; every non-blank value when absent.
        #[serde(default)]
        when: Option<Condition>,
        /// The rule's words.
        message: String,
    },
    /// A picklist takes these values and no others.
    RestrictedPicklist {
        /// The picklist.
        field: String,
        /// What it takes.
        values: Vec<String>,
    },
    /// A matching rule: records that agree in one of the fields are duplicates.
    DuplicateRule {
        /// What is compared: phone numbers by their digits, the rest without regard to case.
        fields: Vec<String>,
        /// Whether nothing overrides it (`Block`), or `allowSave` does (`Allow` with alert).
        #[serde(default)]
        action: DuplicateAction,
    },
    /// All tokens of now die, once.
    ExpireTokens,
    /// `REQUEST_LIMIT_EXCEEDED`: the day's calls are used up.
    DailyLimit,
    /// `REQUEST_LIMIT_EXCEEDED`: too many long requests at once.
    ConcurrentLimit,
    /// Somebody switched reCAPTCHA on: Web-to-Lead drops what a server posts, silently.
    CaptchaRequired,
    /// The Apex class answers in another shape than one would wish.
    ApexAnswer {
        /// How.
        style: ApexStyle,
    },
    /// The token endpoint refuses.
    TokenError {
        /// Such as `invalid_grant`.
        error: String,
        /// Its words.
        #[serde(default)]
        description: Option<String>,
    },
}

/// What an Apex class answers: its author's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApexStyle {
    /// 200 with the id as text.
    Text,
    /// 200 with nothing.
    Empty,
    /// 200 with the id deep within.
    Nested,
    /// 200 with a page.
    Html,
    /// 200 with `"success": false`; nothing is saved.
    SaysNo,
}

/// How an outage shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageStyle {
    /// 503 with `SERVER_UNAVAILABLE`.
    #[default]
    Unavailable,
    /// 503 with the maintenance page in HTML.
    Html,
    /// The connection closes without an answer, and nothing is done.
    Drop,
}

/// What a duplicate rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateAction {
    /// Refuse, whatever the header says.
    Block,
    /// Refuse unless the header says `allowSave=true`.
    #[default]
    Alert,
}

/// A condition on a field's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Equal to.
    Is(Value),
    /// A number above.
    Above(f64),
    /// A number below.
    Below(f64),
    /// Empty.
    Blank(bool),
    /// A text that contains this.
    Contains(String),
}

impl Condition {
    /// Whether `value` fulfils it.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Is(wanted) => {
                let numbers = wanted.as_f64().zip(value.as_f64());
                numbers.map_or(wanted == value, |(wanted, value)| wanted.total_cmp(&value).is_eq())
            }
            Self::Above(limit) => value.as_f64().is_some_and(|number| number > *limit),
            Self::Below(limit) => value.as_f64().is_some_and(|number| number < *limit),
            Self::Blank(blank) => value.is_null() == *blank,
            Self::Contains(part) => value.as_str().is_some_and(|text| text.contains(part.as_str())),
        }
    }
}

impl Fault {
    /// A fault that always happens.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, sobject: None, count: None, probability: None, for_seconds: None }
    }

    /// The same, on this object only.
    #[must_use]
    pub fn on(mut self, sobject: &str) -> Self {
        self.sobject = Some(sobject.to_owned());
        self
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// The same, with this chance.
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Reads a fault, and refuses what it doesn't know.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let fault: Self = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
        let known = serde_json::to_value(&fault).map_err(|e| e.to_string())?;
        let unknown = value.as_object().into_iter().flat_map(|map| map.keys());
        match unknown.into_iter().find(|key| known.get(key.as_str()).is_none()) {
            Some(key) => Err(format!("a fault of this kind has no {key:?}")),
            None if fault.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) => {
                Err("probability is a number from 0 to 1".to_owned())
            }
            None => Ok(fault),
        }
    }
}

/// Reads the flag's form: `lock`, `latency:ms=300,jitter_ms=100`, `lock:sobject=Lead,count=2`.
impl std::str::FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            return Self::from_json(&json);
        }
        let (kind, settings) = text.split_once(':').unwrap_or((text, ""));
        let mut map = serde_json::Map::new();
        map.insert("kind".to_owned(), kind.replace('-', "_").into());
        for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
            let (key, value) = setting
                .split_once('=')
                .ok_or_else(|| format!("{setting:?} is not of the form name=value"))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            map.insert(key.trim().to_owned(), value);
        }
        Self::from_json(&Value::Object(map))
    }
}

#[derive(Clone, Debug, Serialize)]
struct Armed {
    id: u64,
    #[serde(flatten)]
    fault: Fault,
    /// How often it struck.
    struck: u64,
    #[serde(skip)]
    until: Option<Timestamp>,
}

/// The faults that are set.
#[derive(Debug)]
pub(super) struct Faults {
    armed: Vec<Armed>,
    next: u64,
    random: fastrand::Rng,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { armed: Vec::new(), next: 1, random: fastrand::Rng::with_seed(seed ^ 0xFA017) }
    }

    pub(super) fn set(&mut self, fault: Fault, now: Timestamp) -> u64 {
        let id = self.next;
        self.next += 1;
        let until = fault.for_seconds.and_then(|seconds| {
            let span = SignedDuration::try_from_secs_f64(seconds).ok()?;
            now.checked_add(span).ok()
        });
        self.armed.push(Armed { id, fault, struck: 0, until });
        id
    }

    pub(super) fn clear(&mut self) {
        self.armed.clear();
    }

    /// Takes one fault away; false when there is none of that number.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    pub(super) fn list(&self, now: Timestamp) -> Value {
        let alive = self.armed.iter().filter(|armed| armed.is_alive(now)).collect::<Vec<_>>();
        serde_json::to_value(alive).unwrap_or_default()
    }

    /// The faults that `concern` this and strike now: each is counted and the dice are thrown.
    pub(super) fn strike(
        &mut self,
        now: Timestamp,
        concerns: impl Fn(&FaultKind) -> bool,
        about: impl Fn(&str) -> bool,
    ) -> Vec<FaultKind> {
        self.armed.retain(|armed| armed.is_alive(now));
        let mut struck = Vec::new();
        for armed in &mut self.armed {
            let fits = armed.fault.sobject.as_deref().is_none_or(&about);
            if !fits || !concerns(&armed.fault.kind) {
                continue;
            }
            if armed.fault.probability.is_some_and(|chance| self.random.f64() >= chance) {
                continue;
            }
            armed.struck += 1;
            struck.push(armed.fault.kind.clone());
        }
        struck
    }
}

impl Armed {
    fn is_alive(&self, now: Timestamp) -> bool {
        let spent = self.fault.count.is_some_and(|count| self.struck >= u64::from(count));
        !spent && self.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flag_and_the_json_it_stands_for_are_the_same() {
        let flag: Fault = "lock:sobject=Lead,count=2".parse().unwrap();
        let json = json!({ "kind": "lock", "sobject": "Lead", "count": 2 });
        assert_eq!(flag, Fault::from_json(&json).unwrap());
        assert_eq!(flag, Fault::new(FaultKind::Lock).on("Lead").times(2));
        assert!("latency:ms=20".parse::<Fault>().is_ok());
        assert!("drop-after-commit:count=1".parse::<Fault>().is_ok());
        assert!("lock:cuont=2".parse::<Fault>().unwrap_err().contains("cuont"));
        assert!("weather".parse::<Fault>().is_err());
    }

    #[test]
    fn a_count_is_used_up_and_a_time_runs_out() {
        let now = Timestamp::UNIX_EPOCH;
        let mut faults = Faults::new(1);
        faults.set(Fault::new(FaultKind::Lock).times(2), now);
        let fault = Fault { for_seconds: Some(5.0), ..Fault::new(FaultKind::DailyLimit) };
        faults.set(fault, now);
        let locks = |faults: &mut Faults, at| {
            faults.strike(at, |kind| *kind == FaultKind::Lock, |_| true).len()
        };
        assert_eq!([0; 3].map(|_| locks(&mut faults, now)), [1, 1, 0]);
        let later = now + SignedDuration::from_secs(6);
        assert_eq!(faults.strike(later, |_| true, |_| true), []);
    }

    #[test]
    fn chance_follows_the_seed() {
        let throw = |seed| {
            let mut faults = Faults::new(seed);
            let now = Timestamp::UNIX_EPOCH;
            faults.set(Fault::new(FaultKind::Lock).with_probability(0.5), now);
            (0..64).map(|_| faults.strike(now, |_| true, |_| true).len()).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        assert!((16..48).contains(&throw(7).iter().sum::<usize>()));
    }
}

//! What is wrong with the webhooks of a source: a secret that was changed on one side only, or a mapping
//! that misses, looks like a quiet day. So the log says so and every console shows it, and a flood of it
//! fills no disk.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::board::Board;
use crate::{
    call::Text,
    intake::Unread,
    wire::{FailingSource, Fault},
};

/// Of one source one thing is said once in so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// What does not come again for so long is over.
const WORTH_TELLING: SignedDuration = SignedDuration::from_hours(1);

/// What is refused whatever it holds: one that is taken shows that it is over. Where none comes it may
/// be that nobody called, or a stranger who tried.
const WHOLLY: [&str; 2] = ["unauthorized", "replayed"];
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is refused before it proved whose it is: in the log only, for anybody can have it said.
const UNPROVEN: &str = "too-large";

/// What was wrong since the hub started.
#[derive(Debug)]
pub struct Complaints {
    known: Known,
    /// Whether a webhook that is taken ends anything: asked for each of them.
    any_to_end: AtomicBool,
    pause: SignedDuration,
}

/// What is known of each source.
type Known = Arc<Mutex<Troubles>>;

type Troubles = BTreeMap<What, Trouble>;

/// The source, and what is wrong with it.
type What = (String, &'static str);

/// Something that is wrong with a source.
#[derive(Debug)]
struct Trouble {
    /// What consoles are shown of it.
    shown: Option<FailingSource>,
    /// When that was last brought up to date. Between webhooks that are taken, a stranger's don't make
    /// it flicker.
    shown_at: Timestamp,
    /// What the log knows of it, by the reason.
    told: BTreeMap<String, Told>,
}

/// How much of something the log knows.
#[derive(Debug)]
struct Told {
    /// When it was last said.
    said: Timestamp,
    /// How often since then.
    unsaid: u64,
    /// Whether a task waits to say the rest.
    waits: bool,
}

/// One webhook with which something was wrong.
#[derive(Clone, Debug)]
struct Complaint {
    source: String,
    label: &'static str,
    fault: Fault,
    /// Why it was refused, in a sentence; or the setting that points at nothing.
    why: String,
}

impl Complaint {
    fn what(&self) -> What {
        (self.source.clone(), self.label)
    }

    /// What tells it from others of its label: a secret that is missing is another thing than one that
    /// does not fit. Other sentences hold numbers, and are told for each other.
    fn reason(&self) -> &str {
        if self.label == "unauthorized" { &self.why } else { "" }
    }

    /// Says it in the log, with how many it was. Not as a part of the request in which that turned out:
    /// it is about several.
    fn say(&self, webhooks: u64) {
        let Self { source, label, why, .. } = self;
        match self.fault {
            Fault::Refused => {
                let refused = webhooks;
                tracing::warn!(parent: None, source, refused, label, why, "webhooks were refused");
            }
            Fault::Unread => tracing::warn!(
                parent: None,
                source,
                setting = why,
                webhooks,
                "nothing that can be understood stands where the config points; `callboard source \
                 test` shows it"
            ),
        }
    }
}

impl Default for Complaints {
    fn default() -> Self {
        Self::pausing(PAUSE)
    }
}

impl Complaints {
    fn pausing(pause: SignedDuration) -> Self {
        Self { known: Known::default(), any_to_end: AtomicBool::default(), pause }
    }

    /// A webhook was refused for what is wrong with it or with its source.
    pub fn refused(
        &self,
        source: &str,
        label: &'static str,
        why: &str,
        now: Timestamp,
        board: &Board,
    ) {
        const WRONG: [&str; 5] = ["unauthorized", "replayed", "malformed", "too-deep", "too-large"];
        if !WRONG.contains(&label) {
            return;
        }
        let (source, why) = (source.to_owned(), why.to_owned());
        let mut known = lock(&self.known);
        if self.hear(&mut known, &Complaint { source, label, fault: Fault::Refused, why }, now) {
            // While nobody else can: what is shown last is what is so.
            board.show_sources(shown(&known, now));
        }
    }

    /// A webhook was taken, and some of it could not be understood. What it is may be what somebody
    /// said, and is not told.
    pub fn taken(&self, source: &str, unread: &[Unread], now: Timestamp, board: &Board) {
        if unread.is_empty() && !self.any_to_end.load(Ordering::Relaxed) {
            return;
        }
        let mut known = lock(&self.known);
        let mut changed = self.end(&mut known, source);
        for Unread { setting, .. } in unread {
            let (source, why) = (source.to_owned(), (*setting).to_owned());
            let complaint = Complaint { source, label: setting, fault: Fault::Unread, why };
            changed |= self.hear(&mut known, &complaint, now);
        }
        if changed {
            board.show_sources(shown(&known, now));
        }
    }

    /// Notes one: says it, or has it said once the pause is over. Returns whether consoles are to be
    /// shown something new.
    fn hear(&self, known: &mut Troubles, complaint: &Complaint, now: Timestamp) -> bool {
        let trouble = known.entry(complaint.what()).or_insert_with(|| Trouble {
            shown: None,
            shown_at: Timestamp::MIN,
            told: BTreeMap::new(),
        });
        let told = trouble.told.entry(complaint.reason().to_owned()).or_insert_with(|| Told {
            said: Timestamp::MIN,
            unsaid: 0,
            waits: false,
        });
        told.unsaid += 1;
        // A clock that was set back must not silence it.
        let passed = now.duration_since(told.said).abs();
        let webhooks = (passed >= self.pause).then(|| {
            told.said = now;
            std::mem::take(&mut told.unsaid)
        });
        if webhooks.is_none() && !std::mem::replace(&mut told.waits, true) {
            let rest = tell_the_rest(
                Arc::clone(&self.known),
                complaint.clone(),
                (self.pause - passed).unsigned_abs(),
                told.said.checked_add(self.pause).unwrap_or(now),
            );
            tokio::spawn(rest);
        }
        let is_old = now.duration_since(trouble.shown_at).abs() >= self.pause;
        let shows = complaint.label != UNPROVEN && (webhooks.is_some() || is_old);
        if shows {
            let before = trouble.shown.take().filter(|it| it.is_worth_telling(now));
            let wholly = WHOLLY.contains(&complaint.label);
            trouble.shown = Some(FailingSource {
                source: Text::new(&complaint.source),
                fault: complaint.fault,
                since: before.map_or(now, |it| it.since),
                why: Text::new(&complaint.why),
                until: now
                    .checked_add(if wholly { A_DAY } else { WORTH_TELLING })
                    .unwrap_or(Timestamp::MAX),
            });
            trouble.shown_at = now;
            self.any_to_end.fetch_or(wholly, Ordering::Relaxed);
        }
        if let Some(webhooks) = webhooks {
            complaint.say(webhooks);
        }
        shows
    }

    /// A webhook of this source proved itself. Returns whether that ended anything.
    fn end(&self, known: &mut Troubles, source: &str) -> bool {
        let (mut ended, mut goes_on) = (false, false);
        for ((name, _), trouble) in known.iter_mut().filter(|((_, what), _)| WHOLLY.contains(what))
        {
            ended |= name == source && trouble.shown.take().is_some();
            goes_on |= trouble.shown.is_some();
        }
        self.any_to_end.store(goes_on, Ordering::Relaxed);
        ended
    }
}

/// What consoles are shown.
fn shown(known: &Troubles, now: Timestamp) -> Vec<FailingSource> {
    let shown = known.values().filter_map(|trouble| trouble.shown.as_ref());
    shown.filter(|it| it.is_worth_telling(now)).cloned().collect()
}

fn lock(known: &Known) -> MutexGuard<'_, Troubles> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what came within a pause once that is over: nobody may come by who would.
async fn tell_the_rest(known: Known, complaint: Complaint, left: Duration, then: Timestamp) {
    sleep(left).await;
    let mut guard = lock(&known);
    let told = guard.get_mut(&complaint.what()).and_then(|it| it.told.get_mut(complaint.reason()));
    let Some(told) = told else { return };
    told.waits = false;
    let webhooks = std::mem::take(&mut told.unsaid);
    if webhooks > 0 {
        told.said = then;
    }
    drop(guard);
    if webhooks > 0 {
        complaint.say(webhooks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Destination, Status};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// What is logged while this lives.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn open(&self) -> tracing::subscriber::DefaultGuard {
            let this = self.clone();
            let log = tracing_subscriber::fmt().with_writer(move || this.clone());
            tracing::subscriber::set_default(log.with_ansi(false).without_time().finish())
        }

        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(str::to_owned).collect()
        }
    }

    #[tokio::test]
    async fn of_a_source_each_reason_is_said_at_once_and_the_rest_by_itself_after_a_pause() {
        let (log, board) = (Log::default(), Board::new(Status::at_start(Destination::None)));
        let _open = log.open();
        let complaints = Complaints::pausing(SignedDuration::from_secs(2));
        let request = tracing::info_span!("request", id = "0190-1", path = "/hooks/{source}");
        let refused = |label, why: &str, second| {
            request.in_scope(|| complaints.refused("vapi", label, why, at(second), &board));
        };
        let said = |reason: &str, refused: u64| {
            let label = if reason.contains("away") { "replayed" } else { "unauthorized" };
            format!(
                " WARN callboard::hub::complaints: webhooks were refused source=\"vapi\" \
                 refused={refused} label=\"{label}\" why=\"{reason}\""
            )
        };
        refused("unauthorized", "the signature is missing", 0);
        refused("unauthorized", "the signature is missing", 1);
        refused("unauthorized", "the signature is missing", 1);
        refused("unauthorized", "the signature does not fit", 1);
        refused("replayed", "400 s away", 1);
        refused("replayed", "500 s away", 1);
        let at_once = [
            said("the signature is missing", 1),
            said("the signature does not fit", 1),
            said("400 s away", 1),
        ];
        assert_eq!(log.lines(), at_once, "no request is told of: it is about several");
        let all = async {
            while log.lines().len() < 5 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), all).await;
        assert!(waited.is_ok(), "nobody told the rest: {:?}", log.lines());
        let rest = &log.lines()[3..];
        assert!(rest.contains(&said("the signature is missing", 2)), "{rest:?}");
        assert!(rest.contains(&said("500 s away", 1)), "{rest:?}");
        let waits =
            |known: &Known| lock(known).values().any(|it| it.told.values().any(|it| it.waits));
        assert!(!waits(&complaints.known), "nothing is untold, and nobody waits");
        // What was told by itself begins a pause as well.
        refused("replayed", "600 s away", 3);
        assert!(waits(&complaints.known) && log.lines().len() == 5, "{:?}", log.lines());
        refused("replayed", "600 s away", -600);
        assert_eq!(log.lines().last().unwrap(), &said("600 s away", 2), "the clock was set back");
    }

    /// What a hub shows after each webhook.
    struct Shown(Complaints, Arc<Board>);

    impl Shown {
        fn of(&self) -> Vec<(String, Timestamp)> {
            let shown = self.1.status().failing_sources;
            shown.into_iter().map(|it| (format!("{} {}", it.source, it.why), it.since)).collect()
        }

        fn refused(
            &self,
            source: &str,
            label: &'static str,
            second: i64,
        ) -> Vec<(String, Timestamp)> {
            self.0.refused(source, label, label, at(second), &self.1);
            self.of()
        }

        fn taken(&self, source: &str, unread: &[Unread], second: i64) -> Vec<(String, Timestamp)> {
            self.0.taken(source, unread, at(second), &self.1);
            self.of()
        }
    }

    #[tokio::test]
    async fn a_wrong_secret_shows_until_a_webhook_proves_itself_and_a_slip_in_a_mapping_for_an_hour()
     {
        let shown = Shown(Complaints::default(), Board::new(Status::at_start(Destination::None)));
        let only = std::slice::from_ref::<(String, Timestamp)>;
        let secret = ("vapi unauthorized".to_owned(), at(0));
        let slip = ("ringly mapping.fields.id".to_owned(), at(30));
        let unread = [Unread { setting: "mapping.fields.id", found: None }];
        assert_eq!(shown.refused("vapi", "unauthorized", 0), only(&secret));
        assert_eq!(shown.refused("vapi", "wrong-method", 1), only(&secret), "nobody's secret");
        let both = [slip.clone(), secret.clone()];
        assert_eq!(shown.taken("ringly", &unread, 30), both);
        assert_eq!(shown.taken("ringly", &[], 31), both, "another's, or another kind of event");
        assert_eq!(shown.refused("vapi", "unauthorized", 100), both, "since when it began");
        assert_eq!(shown.taken("vapi", &[], 101), only(&slip));
        assert_eq!(shown.taken("ringly", &unread, 1_000), [slip]);
        let later = shown.taken("ringly", &unread, 9_000);
        assert_eq!(later, [("ringly mapping.fields.id".to_owned(), at(9_000))], "it was over");
        let anew = ("vapi unauthorized".to_owned(), at(20_000));
        assert_eq!(shown.refused("vapi", "unauthorized", 20_000), [anew]);
        assert_eq!(shown.refused("acme", "too-large", 20_000).len(), 1, "anybody can send that");
        shown.taken("vapi", &[], 20_001);
        assert_eq!(shown.refused("vapi", "unauthorized", 20_002), [], "it does not flicker");
        let again = ("vapi unauthorized".to_owned(), at(20_060));
        assert_eq!(shown.refused("vapi", "unauthorized", 20_060), [again]);
        let next_day = 20_061 + 24 * 3_600;
        let only = shown.taken("ringly", &unread, next_day);
        assert_eq!(only, [("ringly mapping.fields.id".to_owned(), at(next_day))], "nobody came");
    }
}

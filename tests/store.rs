//! What the journal promises: written once, and held against every engine.
//!
//! A promise is a function of a [`Place`]; [`promises!`] makes a test of it per engine. What only
//! one engine can promise (a file's mode) stands below them.

use callboard::{
    call::{Call, CallId, Event, Fact, Line, Phone, Role, SourceName, Suppression},
    plan::{By, Change, Fields, Purpose, Write, WriteState},
    store::{
        CallRow, Commit, FoldRow, Journal, RecordQuery, StoreError, TokenRow, TransferError,
        Wanted, WriteQuery, transfer,
    },
    wire::{AttemptSummary, LogEntry, OperatorRole, TokenSummary},
};
use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};

#[cfg(unix)]
use crate::support::postgres::Server;

/// Where a journal lies and can be opened again.
enum Place {
    /// A file in this folder.
    Folder(tempfile::TempDir),
    /// A database at this address.
    #[cfg(unix)]
    Database(String),
}

impl Place {
    async fn sqlite() -> Option<Self> {
        Some(Self::Folder(tempfile::tempdir().unwrap()))
    }

    #[cfg(unix)]
    async fn postgres() -> Option<Self> {
        let server = Server::shared()?;
        Some(Self::Database(server.url(&server.database())))
    }

    async fn open(&self) -> Result<Journal, StoreError> {
        match self {
            Self::Folder(folder) => Journal::open(folder.path()).await,
            #[cfg(unix)]
            Self::Database(url) => Journal::connect(&url.parse().unwrap()).await,
        }
    }

    /// Runs a statement past the journal, as somebody with the database's own tools would.
    async fn run(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Folder(folder) => {
                let url = format!("sqlite://{}", folder.path().join("callboard.db").display());
                let mut database = SqliteConnection::connect(&url).await?;
                let ran = sqlx::query(sql).execute(&mut database).await;
                database.close().await?;
                ran.map(|_| ())
            }
            #[cfg(unix)]
            Self::Database(url) => {
                let mut database = sqlx::PgConnection::connect(url).await?;
                let ran = sqlx::query(sql).execute(&mut database).await;
                database.close().await?;
                ran.map(|_| ())
            }
        }
    }

    async fn journal(&self) -> Journal {
        self.open().await.unwrap()
    }
}

/// A test per engine of each promise; an engine that isn't there says so and is passed over.
macro_rules! promises {
    ($($promise:ident)*) => {
        promises!(@ sqlite: $($promise)*);
        #[cfg(unix)]
        promises!(@ postgres: $($promise)*);
    };
    (@ $engine:ident: $($promise:ident)*) => {
        mod $engine {
            use super::Place;
            $(
                #[tokio::test]
                async fn $promise() {
                    if let Some(place) = Place::$engine().await {
                        super::$promise(&place).await;
                    }
                }
            )*
        }
    };
}

promises! {
    what_was_committed_comes_back_after_opening_again
    calls_that_operators_acted_on_are_found_page_by_page
    a_commit_is_all_or_nothing
    large_commits_and_many_calls_are_read_back_whole
    writes_are_found_by_state_and_time_page_by_page
    records_come_back_by_time_page_by_page_and_are_kept_once
    the_log_is_read_from_its_end_and_never_rewritten
    a_token_is_kept_as_it_was_last
    what_is_erased_is_gone_from_every_table
    a_fold_is_good_for_its_version_and_its_way_as_long_as_its_call_is_on_the_board
    of_a_number_what_was_said_last_is_kept
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_776_178_800 + second).unwrap()
}

fn said(call: &str, key: &str, second: i64) -> Event {
    let line = Line { at: at(second), role: Role::Caller, text: "no heat, a newborn".into() };
    Event {
        call: CallId::new(&SourceName::new("vapi"), call),
        key: key.to_owned(),
        sent_at: at(second),
        received_at: at(second + 1),
        facts: vec![Fact::Said(line)],
    }
}

fn write(call: &CallId, id: &str, order: u32) -> Write {
    Write {
        id: id.to_owned(),
        call: call.clone(),
        order,
        version: 1,
        purpose: Purpose::Record,
        title: "New Lead".into(),
        change: Change::Update { sobject: "Lead".into(), id: None, fields: Fields::new() },
        by: Some(By { operator: "Ann".into(), event: "action:1".into() }),
        state: WriteState::Pending,
        attempts: 0,
        created_at: at(0),
        changed_at: at(0),
        next_at: None,
        problem: None,
        record: None,
        unheard: false,
        save_duplicates: false,
        original: None,
    }
}

fn commit_of(events: Vec<Event>, writes: Vec<Write>, on_board: bool) -> Commit {
    let mut call = Call::begin(&events[0]);
    events.iter().for_each(|event| call.apply(event));
    call.version = events.len() as u64;
    let calls = vec![CallRow::of(&call, on_board, 0)];
    Commit { events, calls, writes, ..Commit::default() }
}

async fn what_was_committed_comes_back_after_opening_again(place: &Place) {
    let events = vec![said("a", "1", 0), said("a", "2", 5)];
    let id = events[0].call.clone();
    let writes = vec![write(&id, "w2", 2), write(&id, "w1", 1)];
    let attempt = AttemptSummary { at: at(9), milliseconds: 12, status: 503, problem: None };
    let mut commit = commit_of(events.clone(), writes, true);
    commit.attempts = vec![("w1".to_owned(), attempt.clone())];
    {
        let journal = place.journal().await;
        journal.commit(&commit).await.unwrap();
        journal.keep("name", "value").await.unwrap();
        journal.close().await;
    }
    let journal = place.journal().await;
    assert_eq!(journal.board().await.unwrap(), std::slice::from_ref(&id));
    let stored = journal.load(std::slice::from_ref(&id)).await.unwrap().remove(0);
    assert_eq!(stored.events, events);
    let revision = stored.row.revision;
    assert_eq!(stored.row, CallRow { revision, ..commit.calls[0].clone() });
    let order: Vec<&str> = stored.writes.iter().map(|write| write.id.as_str()).collect();
    assert_eq!(order, ["w1", "w2"]);
    let attempts = journal.attempts(&stored.writes).await.unwrap();
    assert_eq!(attempts, [("w1".to_owned(), attempt)]);
    assert_eq!(journal.call_of_write("w2").await.unwrap(), Some(id));
    assert_eq!(journal.call_of_write("none").await.unwrap(), None);
    assert_eq!(journal.kept("name").await.unwrap().as_deref(), Some("value"));
}

async fn writes_are_found_by_state_and_time_page_by_page(place: &Place) {
    let journal = place.journal().await;
    let call = CallId::new(&SourceName::new("vapi"), "found");
    let writes: Vec<Write> = (0..7)
        .map(|n| {
            let state = if n % 2 == 0 { WriteState::Failed } else { WriteState::Delivered };
            let changed_at = at(100 + i64::from(n / 2));
            Write { state, changed_at, ..write(&call, &format!("found{n}"), n) }
        })
        .collect();
    journal.commit(&commit_of(vec![said("found", "1", 0)], writes, true)).await.unwrap();
    let ids = async |query: WriteQuery| {
        let found = journal.find_writes(&query).await.unwrap();
        found.into_iter().map(|write| write.id).collect::<Vec<_>>()
    };
    let all = WriteQuery { limit: 100, ..WriteQuery::default() };
    assert_eq!(ids(all.clone()).await.len(), 7);
    let failed = WriteQuery { states: vec![WriteState::Failed], ..all.clone() };
    assert_eq!(ids(failed).await, ["found0", "found2", "found4", "found6"]);
    assert_eq!(
        ids(WriteQuery { since: Some(at(102)), ..all.clone() }).await,
        ["found4", "found5", "found6"]
    );
    let first = ids(WriteQuery { limit: 3, ..all.clone() }).await;
    assert_eq!(first, ["found0", "found1", "found2"]);
    let after = Some((at(101), "found2".to_owned()));
    let rest = ids(WriteQuery { after, ..all.clone() }).await;
    assert_eq!(rest, ["found3", "found4", "found5", "found6"]);
    let other = CallId::new(&SourceName::new("vapi"), "other");
    assert!(ids(WriteQuery { call: Some(other), ..all }).await.is_empty());
    assert_eq!(journal.write("found3").await.unwrap().unwrap().order, 3);
    assert!(journal.write("nothing").await.unwrap().is_none());
}

async fn calls_that_operators_acted_on_are_found_page_by_page(place: &Place) {
    let journal = place.journal().await;
    for id in ["a", "b", "c", "d"] {
        let mut events = vec![said(id, "1", 0)];
        if id != "b" {
            events.extend([said(id, "action:x", 1), said(id, "action:y", 2)]);
        }
        journal.commit(&commit_of(events, Vec::new(), false)).await.unwrap();
    }
    let call = |id: &str| CallId::new(&SourceName::new("vapi"), id);
    assert_eq!(journal.acted_on(None, 9).await.unwrap(), [call("a"), call("c"), call("d")]);
    assert_eq!(journal.acted_on(None, 2).await.unwrap(), [call("a"), call("c")]);
    assert_eq!(journal.acted_on(Some(&call("c")), 2).await.unwrap(), [call("d")]);
}

async fn records_come_back_by_time_page_by_page_and_are_kept_once(place: &Place) {
    let journal = place.journal().await;
    let record = |name: &str, second| crate::figures::missed(name, second);
    let records: Vec<_> =
        [("c", 10), ("a", 0), ("b", 10), ("d", 20)].map(|it| record(it.0, it.1)).into();
    journal.commit(&Commit { records, ..Commit::default() }).await.unwrap();
    let mut newer = record("a", 0);
    newer.captured = true;
    journal.commit(&Commit { records: vec![newer.clone()], ..Commit::default() }).await.unwrap();
    let from =
        |from: i64, to: i64, limit| RecordQuery { from: at(from), to: at(to), after: None, limit };
    let all = journal.records(&from(0, 21, 100)).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["vapi:a", "vapi:b", "vapi:c", "vapi:d"]);
    assert_eq!(all[0], newer);
    assert_eq!(journal.records(&from(0, 20, 100)).await.unwrap().len(), 3);
    let first = journal.records(&from(0, 21, 2)).await.unwrap();
    let after = first.last().map(|it| (it.began_at, it.id.clone()));
    let rest = journal.records(&RecordQuery { after, ..from(0, 21, 100) }).await.unwrap();
    assert_eq!([first, rest].concat(), all);
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_moves_to_postgres_whole_and_only_once() {
    let Some(Place::Database(url)) = Place::postgres().await else { return };
    let folder = Place::sqlite().await.unwrap();
    let from = folder.journal().await;
    for n in 0..600 {
        let name = format!("m{n}");
        let id = CallId::new(&SourceName::new("vapi"), &name);
        let writes = vec![write(&id, &format!("w{n}"), 1)];
        let mut commit =
            commit_of(vec![said(&name, "2", 9), said(&name, "1", 0)], writes, n % 2 == 0);
        let attempt = AttemptSummary { at: at(9), milliseconds: 12, status: 503, problem: None };
        commit.attempts = vec![(format!("w{n}"), attempt)];
        from.commit(&commit).await.unwrap();
    }
    from.keep("destination.paused", "true").await.unwrap();
    let log = vec![logged("Ann", Some("m1"), 0)];
    from.commit(&Commit { log, ..Commit::default() }).await.unwrap();
    let address = url.parse().unwrap();
    let to = Journal::connect_to_fill(&address).await.unwrap();
    let mut heard = Vec::new();
    let moved = transfer(&from, &to, &mut |progress| heard.push(progress)).await.unwrap();
    assert_eq!((moved["events"], moved["calls"], moved["attempts"]), (1200, 600, 600));
    assert!(heard.iter().any(|it| it.what == "compared calls" && it.done == it.total));
    assert_eq!(to.kept("destination.paused").await.unwrap().as_deref(), Some("true"));
    assert_eq!(to.board().await.unwrap().len(), 300);
    // It goes on where it was: new events come behind the old ones.
    let again = commit_of(vec![said("m1", "0", 3)], Vec::new(), true);
    to.commit(&again).await.unwrap();
    let stored = to.load(std::slice::from_ref(&again.calls[0].id)).await.unwrap().remove(0);
    let keys: Vec<&str> = stored.events.iter().map(|event| event.key.as_str()).collect();
    assert_eq!(keys, ["2", "1", "0"]);
    // Never over what is there; and what is half there is no journal.
    let error = transfer(&from, &to, &mut drop).await.unwrap_err();
    assert!(matches!(error, TransferError::NotEmpty), "{error}");
    to.keep("transfer.unfinished", "yes").await.unwrap();
    let error = Journal::connect(&address).await.unwrap_err();
    assert!(matches!(error, StoreError::Unfinished(_)), "{error}");
    transfer(&from, &to, &mut drop).await.unwrap();
    assert_eq!(Journal::connect(&address).await.unwrap().board().await.unwrap().len(), 300);
}

/// A hub of a version before: the newer one's step was taken already, and it works on, unless that
/// step says otherwise.
#[cfg(unix)]
#[tokio::test]
async fn an_older_hub_works_on_a_newer_journal_until_that_forbids_it() {
    let Some(Place::Database(url)) = Place::postgres().await else { return };
    let address = url.parse().unwrap();
    let journal = Journal::connect(&address).await.unwrap();
    let mut database = sqlx::PgConnection::connect(&url).await.unwrap();
    let newer = "INSERT INTO callboard_schema (version) VALUES (999);
        ALTER TABLE calls ADD COLUMN of_later TEXT DEFAULT 'x';";
    sqlx::raw_sql(newer).execute(&mut database).await.unwrap();
    journal.commit(&commit_of(vec![said("a", "1", 0)], Vec::new(), true)).await.unwrap();
    // What it can't know of an event it passes over; the rest counts.
    let newer = "UPDATE events SET facts = '[{\"fact\": \"of_later\"},' || substr(facts, 2)";
    sqlx::raw_sql(newer).execute(&mut database).await.unwrap();
    let id = CallId::new(&SourceName::new("vapi"), "a");
    let stored = journal.load(&[id]).await.unwrap().remove(0);
    assert_eq!(stored.events, [said("a", "1", 0)]);
    let again = Journal::connect(&address).await.unwrap();
    assert_eq!(again.board().await.unwrap().len(), 1);
    journal.keep("schema.oldest", "999").await.unwrap();
    let error = Journal::connect(&address).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer(_)), "{error}");
}

async fn a_commit_is_all_or_nothing(place: &Place) {
    let journal = place.journal().await;
    journal.commit(&commit_of(vec![said("a", "1", 0)], Vec::new(), true)).await.unwrap();
    // The second event repeats a key: the database itself refuses, and the first goes too.
    let twice = vec![said("b", "1", 0), said("b", "1", 1)];
    let id = twice[0].call.clone();
    let writes = vec![write(&id, "w", 1)];
    journal.commit(&commit_of(twice, writes, true)).await.unwrap_err();
    assert!(journal.load(std::slice::from_ref(&id)).await.unwrap().is_empty());
    assert_eq!(journal.call_of_write("w").await.unwrap(), None);
    journal.commit(&commit_of(vec![said("b", "1", 0)], Vec::new(), true)).await.unwrap();
}

fn logged(operator: &str, call: Option<&str>, second: i64) -> LogEntry {
    LogEntry {
        seq: 0,
        at: at(second),
        operator: operator.into(),
        action: "route".into(),
        what: "routed it to Sam K.".into(),
        call: call.map(|call| CallId::new(&SourceName::new("vapi"), call)),
    }
}

async fn the_log_is_read_from_its_end_and_never_rewritten(place: &Place) {
    let journal = place.journal().await;
    let log =
        vec![logged("Ann", Some("a"), 0), logged("Bob", None, 1), logged("Cem", Some("a"), 2)];
    journal.commit(&Commit { log, ..Commit::default() }).await.unwrap();
    let all = journal.log(None, None, 10).await.unwrap();
    let names: Vec<&str> = all.iter().map(|entry| entry.operator.as_str()).collect();
    assert_eq!(names, ["Cem", "Bob", "Ann"]);
    assert!(all[0].seq > all[1].seq && all[1].seq > all[2].seq);
    assert_eq!(all[2], LogEntry { seq: all[2].seq, ..logged("Ann", Some("a"), 0) });
    assert_eq!(journal.log(Some(all[1].seq), None, 10).await.unwrap(), all[2..]);
    assert_eq!(journal.log(None, None, 1).await.unwrap(), all[..1]);
    let call = all[0].call.clone().unwrap();
    let of_call = journal.log(None, Some(&call), 10).await.unwrap();
    assert_eq!(of_call, [all[0].clone(), all[2].clone()]);
    // An event that fails takes its entry with it.
    let twice = vec![said("b", "1", 0), said("b", "1", 1)];
    let mut commit = commit_of(twice, Vec::new(), true);
    commit.log = vec![logged("Dee", None, 3)];
    journal.commit(&commit).await.unwrap_err();
    assert_eq!(journal.log(None, None, 10).await.unwrap(), all);
    journal.close().await;
    for change in
        ["DELETE FROM log", "UPDATE log SET operator = 'Eve'", "UPDATE log SET call = 'x:y'"]
    {
        place.run(change).await.unwrap_err();
    }
}

async fn of_a_number_what_was_said_last_is_kept(place: &Place) {
    let said = |number: &str, stands, second, by: Option<&str>| Suppression {
        number: Phone::of_e164(number).unwrap(),
        stands,
        at: at(second),
        by: by.map(Into::into),
        call: by.is_none().then(|| CallId::new(&SourceName::new("vapi"), "a")),
    };
    let keep = |suppressions| Commit { suppressions, ..Commit::default() };
    let journal = place.journal().await;
    let mark = journal.mark().await.unwrap();
    let one = said("+12125550100", true, 1, Some("Ann"));
    let other = said("+12125550101", true, 2, None);
    journal.commit(&keep(vec![one.clone(), other.clone()])).await.unwrap();
    let lifted = said("+12125550100", false, 3, Some("Bob"));
    journal.commit(&keep(vec![lifted.clone()])).await.unwrap();
    // Said before, recorded after: two hubs at once.
    journal.commit(&keep(vec![said("+12125550100", true, 2, None)])).await.unwrap();
    let news = journal.changed(&mark).await.unwrap().suppressions;
    assert!(!journal.is_shared() || news.len() == 2, "the other hubs hear of it: {news:?}");
    journal.close().await;
    let mut kept = place.journal().await.suppressions().await.unwrap();
    kept.sort_by_key(|said| said.at);
    assert_eq!(kept, [other, lifted]);
}

async fn a_token_is_kept_as_it_was_last(place: &Place) {
    let token = |byte: u8, name: &str, revoked| TokenRow {
        hash: [byte; 32],
        summary: TokenSummary {
            name: name.into(),
            role: OperatorRole::Dispatcher,
            created_at: at(i64::from(byte)),
            created_by: "Ada".into(),
            expires_at: Some(at(1_000)),
            revoked_at: revoked,
        },
    };
    let commit = |tokens| Commit { tokens, ..Commit::default() };
    {
        let journal = place.journal().await;
        journal.commit(&commit(vec![token(1, "Sam", None), token(2, "Lee", None)])).await.unwrap();
        let mut last = token(1, "Samuel", Some(at(9)));
        last.summary.role = OperatorRole::Viewer;
        journal.commit(&commit(vec![last])).await.unwrap();
        journal.close().await;
    }
    let journal = place.journal().await;
    let kept = journal.tokens().await.unwrap();
    assert_eq!(kept[0], token(2, "Lee", None));
    let last = &kept[1].summary;
    assert_eq!((last.name.as_str(), last.role), ("Samuel", OperatorRole::Viewer));
    assert_eq!((last.revoked_at, kept.len()), (Some(at(9)), 2));
}

async fn a_fold_is_good_for_its_version_and_its_way_as_long_as_its_call_is_on_the_board(
    place: &Place,
) {
    let journal = place.journal().await;
    let told = vec![said("a", "1", 0), said("a", "2", 1)];
    let id = told[0].call.clone();
    let fold = |version, made_by: &str| FoldRow {
        call: id.clone(),
        version,
        made_by: made_by.to_owned(),
        body: format!("{{\"of\":{version}}}"),
    };
    let keep = |folds| Commit { folds, ..Commit::default() };
    journal.commit(&commit_of(told.clone(), vec![write(&id, "w", 1)], true)).await.unwrap();
    let back = async |way: &str| {
        let stored = journal.load_folded(std::slice::from_ref(&id), way).await.unwrap().remove(0);
        assert_eq!(stored.writes.len(), 1, "whatever else was kept");
        assert!(stored.fold.is_none() || stored.events.is_empty(), "one or the other");
        (stored.fold, stored.events.len())
    };
    let folded = |version| (Some(format!("{{\"of\":{version}}}")), 0);
    journal.commit(&keep(vec![fold(2, "so")])).await.unwrap();
    assert_eq!(back("so").await, folded(2));
    assert_eq!(back("otherwise").await, (None, 2));
    assert_eq!(journal.load(std::slice::from_ref(&id)).await.unwrap()[0].events, told);
    journal.commit(&keep(vec![fold(2, "otherwise")])).await.unwrap();
    assert_eq!((back("so").await, back("otherwise").await), ((None, 2), folded(2)));
    // More was said, perhaps at a hub that knows nothing of folds.
    let mut more = commit_of([told.clone(), vec![said("a", "3", 2)]].concat(), Vec::new(), true);
    more.events.drain(..2);
    journal.commit(&more).await.unwrap();
    assert_eq!(back("otherwise").await, (None, 3));
    journal.commit(&keep(vec![fold(3, "so")])).await.unwrap();
    assert_eq!(back("so").await, folded(3));
    assert_eq!(journal.rows_naming(&["\"of\":3"]).await.unwrap(), 1);
    // It leaves the board, and with it what was kept; also when both come at once.
    let row = |on_board| CallRow { on_board, ..more.calls[0].clone() };
    let leave = Commit { calls: vec![row(false)], folds: vec![fold(3, "so")], ..Commit::default() };
    journal.commit(&leave).await.unwrap();
    assert_eq!(back("so").await, (None, 3));
    assert_eq!(journal.rows_naming(&["\"of\":3"]).await.unwrap(), 0);
    let again = Commit { calls: vec![row(true)], folds: vec![fold(3, "so")], ..Commit::default() };
    journal.commit(&again).await.unwrap();
    let erased = vec![id.clone()];
    journal.commit(&Commit { erased, ..Commit::default() }).await.unwrap();
    assert_eq!(journal.rows_naming(&["\"of\":"]).await.unwrap(), 0);
}

async fn what_is_erased_is_gone_from_every_table(place: &Place) {
    let journal = place.journal().await;
    let number = "+15550104477";
    let mut gone = said("gone", "1", 0);
    gone.facts = vec![Fact::Said(Line { at: at(0), role: Role::Caller, text: number.into() })];
    let stays = said("stays", "1", 1);
    let ids = [gone.call.clone(), stays.call.clone()];
    let mut named = write(&ids[0], "vapi:gone", 1);
    named.title = number.into();
    let other = write(&ids[1], "vapi:stays", 1);
    let attempt = AttemptSummary { at: at(9), milliseconds: 12, status: 503, problem: None };
    let mut commit = commit_of(vec![gone], vec![named], false);
    commit.log = vec![logged("Ann", Some("gone"), 3)];
    commit.attempts = vec![("vapi:gone".to_owned(), attempt)];
    journal.commit(&commit).await.unwrap();
    journal.commit(&commit_of(vec![stays], vec![other], false)).await.unwrap();
    assert_eq!(journal.expired(at(100), 10).await.unwrap(), ids);
    assert_eq!(journal.expired(at(1), 10).await.unwrap(), []);
    assert_eq!(journal.calls_naming(number).await.unwrap(), ids[..1]);
    for name in ["posted.a", "posted.b", "po", "posted", "x.posted."] {
        journal.keep(name, "somebody's mark").await.unwrap();
    }
    assert_eq!(journal.kept_names("posted.").await.unwrap(), ["posted.a", "posted.b"]);
    assert_eq!(journal.rows_naming(&["somebody's mark"]).await.unwrap(), 5);
    let named = journal.rows_naming(&[number]).await.unwrap();
    assert!(named >= 2);
    let either = journal.rows_naming(&["somebody's mark", "nobody's", number, "4477"]).await;
    assert_eq!(either.unwrap(), named + 5, "a row that holds two of them counts once");

    let erased = vec![ids[0].clone()];
    journal.commit(&Commit { erased, ..Commit::default() }).await.unwrap();
    assert!(journal.scrub().await.unwrap());
    assert_eq!(journal.rows_naming(&[number]).await.unwrap(), 0);
    assert_eq!(journal.expired(at(100), 10).await.unwrap(), ids[1..]);
    let left = journal.load(&ids).await.unwrap();
    let events: usize = left.iter().map(|stored| stored.events.len()).sum();
    let writes: Vec<&str> =
        left.iter().flat_map(|stored| &stored.writes).map(|write| write.id.as_str()).collect();
    assert_eq!((events, writes), (1, vec!["vapi:stays"]));
    let log = journal.log(None, None, 10).await.unwrap();
    assert_eq!((log.len(), log[0].call.clone()), (1, None));
}

async fn large_commits_and_many_calls_are_read_back_whole(place: &Place) {
    let journal = place.journal().await;
    let mut commit = Commit::default();
    for call in 0..450 {
        let events = (0..4).map(|n| said(&format!("c{call}"), &n.to_string(), n)).collect();
        let part = commit_of(events, Vec::new(), call % 2 == 0);
        commit.events.extend(part.events);
        commit.calls.extend(part.calls);
    }
    journal.commit(&commit).await.unwrap();
    assert_eq!(journal.board().await.unwrap().len(), 225);
    let ids: Vec<CallId> = commit.calls.iter().map(|row| row.id.clone()).collect();
    let stored = journal.load(&ids).await.unwrap();
    assert_eq!(stored.len(), 450);
    assert!(stored.iter().all(|it| it.events.len() == 4));
}

#[tokio::test]
async fn a_journal_from_the_future_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Journal::open(folder.path()).await.unwrap().close().await;
    let url = format!("sqlite://{}", folder.path().join("callboard.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'of a later version', 1, x'00', 0)",
    )
    .execute(&mut database)
    .await
    .unwrap();
    database.close().await.unwrap();
    let error = Journal::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer(_)), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).await.unwrap();
    journal.commit(&commit_of(vec![said("a", "1", 0)], Vec::new(), true)).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} has mode {mode:o}", entry.file_name());
    }
}

/// Two calls of one new caller at two hubs: only one of them asks who that is.
#[cfg(unix)]
#[tokio::test]
async fn a_number_is_held_by_one_hub_at_a_time() {
    let Some(place) = Place::postgres().await else { return };
    let (one, other) = (place.journal().await, place.journal().await);
    let wanted = |call: &str| Wanted {
        new: vec![CallId::new(&SourceName::new("vapi"), call)],
        numbers: ["+12125550142".to_owned()].into(),
        ..Wanted::default()
    };
    let held = one.claim(&wanted("a")).await.unwrap();
    assert!(held.holds_number("+12125550142"));
    let refused = other.claim(&wanted("b")).await.unwrap();
    assert!(!refused.holds_number("+12125550142"));
    one.commit_held(held, &Commit::default()).await.unwrap();
    drop(refused);
    let held = other.claim(&wanted("b")).await.unwrap();
    assert!(held.holds_number("+12125550142"), "with the commit it is free");
}

/// What an erasure sweeps is found, however many calls are kept.
#[cfg(unix)]
#[tokio::test]
async fn an_erasure_reads_no_more_than_it_erases() {
    let Some(place) = Place::postgres().await else { return };
    let Place::Database(url) = &place else { unreachable!() };
    let journal = place.journal().await;
    let id = CallId::new(&SourceName::new("vapi"), "gone");
    journal.commit(&commit_of(vec![said("gone", "1", 0)], Vec::new(), false)).await.unwrap();
    let mut database = sqlx::PgConnection::connect(url).await.unwrap();
    let kept = "INSERT INTO calls (id, version, began_at, heard_at, on_board)
            SELECT 'vapi:' || n, 3, 0, n, FALSE FROM generate_series(1, 20000) AS n;
        INSERT INTO calls (id, version, began_at, heard_at, on_board)
            SELECT 'vapi:erased' || n, 0, 0, n, FALSE FROM generate_series(1, 10) AS n;
        ANALYZE calls;";
    sqlx::raw_sql(kept).execute(&mut database).await.unwrap();
    // A session tells what it read before it ends.
    let mut read = async || {
        let sql = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables
            WHERE relname = 'calls'";
        let row = sqlx::query(sql).fetch_one(&mut database).await.unwrap();
        sqlx::Row::get::<i64, _>(&row, 0)
    };
    journal.close().await;
    let before = read().await;
    let journal = place.journal().await;
    journal.commit(&Commit { erased: vec![id], ..Commit::default() }).await.unwrap();
    journal.close().await;
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let rows = loop {
        let rows = read().await - before;
        if rows > 0 {
            break rows;
        }
        assert!(std::time::Instant::now() < end, "the server has not counted it");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(rows < 200, "{rows} rows of calls were read");
    let left = sqlx::query("SELECT count(*) FROM calls WHERE version = 0");
    let left: i64 = sqlx::Row::get(&left.fetch_one(&mut database).await.unwrap(), 0);
    assert_eq!(left, 1, "the empty rows of yesterday are gone");
}

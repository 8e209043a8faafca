//! A call as it unfolds, with its lane, and an org that answers as told.

use callboard::{
    call::{
        Action, Assessment, Bant, Call, CallId, Ending, Event, Evidence, Fact, Line, Linked, Match,
        MatchKind, Money, Party, Phone, Progress, Rating, Region, Report, Role, Service, Signal,
        SourceName, Stage, Text, Urgency,
    },
    plan::{self, Change, Draft, Fields, Settings, Step, Write, WriteState},
};
use jiff::{SignedDuration, Timestamp};

pub struct Story {
    pub call: Call,
    pub lane: Vec<Write>,
    pub settings: Settings,
    pub now: Timestamp,
    events: u32,
}

impl Story {
    /// A call from this number, answered.
    pub fn from(number: &str) -> Self {
        let mut story = Self::silent();
        let phone = Phone::parse(number, &Region::default());
        story.tell(Fact::Party(Box::new(Party { phone, ..Party::default() })));
        story.tell(progress(Stage::Talking, None));
        story
    }

    /// A call nothing is known of.
    pub fn silent() -> Self {
        let now: Timestamp = "2026-04-14T10:23:00Z".parse().unwrap();
        let id = CallId::new(&SourceName::new("vapi"), "c1");
        let event = Event {
            call: id,
            key: "0".to_owned(),
            sent_at: now,
            received_at: now,
            facts: vec![progress(Stage::Ringing, None)],
        };
        let mut call = Call::begin(&event);
        call.apply(&event);
        Self { call, lane: Vec::new(), settings: Settings::default(), now, events: 0 }
    }

    pub fn tell(&mut self, fact: Fact) -> String {
        self.events += 1;
        let key = self.events.to_string();
        self.call.apply(&Event {
            call: self.call.id.clone(),
            key: key.clone(),
            sent_at: self.now,
            received_at: self.now,
            facts: vec![fact],
        });
        key
    }

    pub fn says(&mut self, words: &str) -> &mut Self {
        let line = Line { at: self.now, role: Role::Caller, text: Text::new(words) };
        self.tell(Fact::Said(line));
        self
    }

    /// What triage makes of it; each piece of evidence points at the last line.
    pub fn judged(&mut self, change: impl FnOnce(&mut Assessment)) -> &mut Self {
        let assessment = &mut self.call.assessment;
        change(assessment);
        assessment.score = assessment.bant.score();
        assessment.rating = Rating::of(assessment.urgency, assessment.bant.need);
        if assessment.bant.need && assessment.evidence.is_empty() {
            let place = self.call.transcript.lines().len() - 1;
            let words = &self.call.transcript.lines()[place].text;
            let span = 0..words.as_str().len();
            let told = Evidence::new(Signal::Need, "test".into(), place, span, words);
            assessment.evidence.push(told);
        }
        self
    }

    pub fn later(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    pub fn ends(&mut self) -> &mut Self {
        self.tell(progress(Stage::Ended, Some(true)));
        self
    }

    pub fn missed(&mut self) -> &mut Self {
        self.tell(progress(Stage::Ended, Some(false)));
        self
    }

    pub fn reports(&mut self, report: Report) -> &mut Self {
        self.tell(Fact::Report(Box::new(report)));
        self
    }

    pub fn acts(&mut self, action: Action) -> String {
        self.tell(Fact::Acted { operator: "Dana".into(), action })
    }

    pub fn matched(&mut self, kind: MatchKind, id: Option<&str>, account: Option<&str>) {
        self.tell(Fact::Matched(Match {
            kind,
            id: id.map(Text::new),
            name: None,
            account_id: account.map(Text::new),
            ..Match::nobody()
        }));
    }

    /// Plans once; what came new.
    pub fn plan(&mut self) -> Vec<Step> {
        let steps = plan::plan(&self.call, &self.lane, &self.settings, self.now);
        for step in &steps {
            let id = format!("w{}", self.lane.len() + 1);
            match step {
                Step::Add(draft) => {
                    let draft = Draft::clone(draft);
                    plan::enqueue(&mut self.lane, &self.call.id, draft, || id, self.now);
                }
                Step::Discard(id) => {
                    plan::discard(&mut self.lane, id, self.now).unwrap();
                }
                Step::Supersede(id) => {
                    plan::supersede(&mut self.lane, id, self.now).unwrap();
                }
            }
        }
        let again = plan::plan(&self.call, &self.lane, &self.settings, self.now);
        assert_eq!(again, [], "planning again without news asks for nothing");
        steps
    }

    /// Delivers what is due, in order; the org knows the caller as `known`. How many requests.
    pub fn deliver(&mut self, known: (MatchKind, Option<&str>)) -> usize {
        let mut sent = 0;
        while let Some(place) = plan::head(&self.lane) {
            let write = &mut self.lane[place];
            if write.next_at.is_some_and(|next| next > self.now) {
                break;
            }
            write.state = WriteState::Delivered;
            sent += 1;
            match write.change.clone() {
                Change::Match(_) => {
                    let account = (known.0 == MatchKind::Contact).then_some("001000000000001AAA");
                    self.matched(known.0, known.1, account);
                }
                Change::Upsert { sobject, .. } => {
                    let id = format!("{}0000000000{place:02}AAA", &sobject[..3]);
                    self.lane[place].record = Some(Text::new(&id));
                    let link = Linked { sobject: Text::new(&sobject), id: Text::new(&id) };
                    self.tell(Fact::Linked(link));
                }
                Change::Update { .. } | Change::Convert { .. } | Change::Submit { .. } => {}
            }
            self.plan();
        }
        sent
    }

    /// Plans and delivers until nothing is left, letting time pass.
    pub fn settle(&mut self, known: (MatchKind, Option<&str>)) -> usize {
        self.plan();
        let mut sent = 0;
        while plan::head(&self.lane).is_some() {
            sent += self.deliver(known);
            self.later(1);
        }
        sent
    }

    /// What the org holds in this object after all deliveries.
    pub fn held(&self, sobject: &str) -> Fields {
        let mut held = Fields::new();
        let delivered = self.lane.iter().filter(|write| write.state == WriteState::Delivered);
        for write in delivered.filter(|write| write.change.sobject() == sobject) {
            held.extend(write.change.fields().cloned().unwrap_or_default());
        }
        held
    }

    pub fn titles(&self) -> Vec<&str> {
        self.lane.iter().map(|write| write.title.as_str()).collect()
    }
}

pub fn progress(stage: Stage, answered: Option<bool>) -> Fact {
    let ending = answered.map(|answered| Ending { answered: Some(answered), ..Ending::default() });
    Fact::Progress(Progress { stage, ending })
}

pub fn service(name: &str) -> Option<Service> {
    Some(Service(name.into()))
}

pub fn dollars(amount: i64) -> Option<Money> {
    Some(Money::dollars(amount))
}

pub fn urgency(level: u8) -> Urgency {
    Urgency::new(level).unwrap()
}

pub fn need() -> Bant {
    Bant { need: true, ..Bant::default() }
}

//! What operators ask for, and what a customer's call asks for by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    custom,
    opportunity::opportunity,
    record,
    routing::suggested_owner,
    rules::{Planner, waits},
    settings::NewCaller,
    target::Target,
    write::{By, Change, Draft, Fields, Purpose, Step, Write},
};
use crate::call::{Action, CallState, Direction, MatchKind, Ownership, Rating, Text};

impl Planner<'_> {
    /// Gives up what was asked for by an action that was undone, or that a later one replaced.
    pub(super) fn undone(&self) -> Vec<Step> {
        let standing = self.call.actions();
        let last_route = self.call.ownership().map(|owned| owned.key);
        let stands = |by: &By, purpose: Purpose| match purpose {
            Purpose::Route => last_route == Some(by.event.as_str()),
            _ => standing.iter().any(|(key, _)| *key == by.event),
        };
        self.lane
            .iter()
            .filter(|write| waits(write))
            .filter(|write| write.by.as_ref().is_some_and(|by| !stands(by, write.purpose)))
            .map(|write| Step::Discard(write.id.clone()))
            .collect()
    }

    fn has_write_of(&self, event: &str) -> bool {
        let of = |write: &Write| write.by.as_ref().is_some_and(|by| by.event == event);
        self.lane.iter().any(of)
    }

    /// Gives the Lead the owner an operator chose, or who said that they have it. A customer keeps
    /// theirs: the chosen one gets a Task instead.
    pub(super) fn route(&self, target: &Target) -> Option<Step> {
        let Ownership { key: event, acted, to, owner_id: owner } = self.call.ownership()?;
        if self.has_write_of(event) {
            return None;
        }
        let mut fields = Fields::new();
        fields.insert("OwnerId".to_owned(), owner.as_str().into());
        let change = match target {
            Target::Contact(known) | Target::Person(known) => {
                let wants = self.call.assessment.wants.as_ref();
                let what = wants.map_or("see the call", |wants| wants.as_str());
                let hot = self.call.rating() == Rating::Hot;
                fields.insert("Subject".to_owned(), format!("Take care of: {what}").into());
                fields.insert(target.about().to_owned(), known.as_str().into());
                fields.insert("Status".to_owned(), "Not Started".into());
                let priority = if hot { "High" } else { "Normal" };
                fields.insert("Priority".to_owned(), priority.into());
                Change::Upsert {
                    sobject: "Task".to_owned(),
                    external_id: format!("{}/route/{event}", self.call.id),
                    fields,
                    references: [].into(),
                }
            }
            _ => {
                let sobject = target.sobject().to_owned();
                Change::Update { sobject, id: target.id(), fields }
            }
        };
        Some(Step::Add(Draft {
            purpose: Purpose::Route,
            title: Text::new(&format!("Route to {to}")),
            change,
            by: Some(By { operator: acted.operator.clone(), event: event.to_owned() }),
            not_before: self.after(acted.at, self.settings.grace()),
        }))
    }

    /// Converts the Lead, then gives the Opportunity that comes of it its amount, stage and date.
    pub(super) fn convert(&self, target: &Target) -> Vec<Step> {
        let actions = self.call.actions();
        let asked = actions.iter().find_map(|(key, acted)| match &acted.action {
            Action::Convert { name, amount, stage, close_date } => {
                Some((*key, *acted, name, *amount, stage, *close_date))
            }
            _ => None,
        });
        let Some((event, acted, name, amount, stage, close_date)) = asked else {
            return Vec::new();
        };
        if self.has_write_of(event) || !target.is_lead() {
            return Vec::new();
        }
        // A routed Lead keeps its owner; else what is worth much goes to whom it should.
        let proposed = suggested_owner(self.call, self.settings, self.now)
            .filter(|person| self.call.owner().is_none() && person.owner_id.starts_with("005"));
        let convert = Change::Convert {
            lead: target.id(),
            opportunity: name.clone(),
            owner: proposed.map(|person| Text::new(&person.owner_id)),
        };
        let mut fields = Fields::new();
        fields.insert("StageName".to_owned(), stage.as_str().into());
        fields.insert("CloseDate".to_owned(), close_date.to_string().into());
        if let Some(amount) = amount {
            fields.insert("Amount".to_owned(), record::number(amount));
        }
        let description = record::conversation(self.call, self.settings);
        if !description.is_empty() {
            fields.insert("Description".to_owned(), description.into());
        }
        for (name, value) in custom::values(self.call, "Opportunity", self.settings) {
            fields.insert(name.to_owned(), value);
        }
        let fill = Change::Update { sobject: "Opportunity".to_owned(), id: None, fields };
        let step = |purpose, title: &str, change| {
            Step::Add(Draft {
                purpose,
                title: Text::new(title),
                change,
                by: Some(By { operator: acted.operator.clone(), event: event.to_owned() }),
                not_before: self.after(acted.at, self.settings.grace()),
            })
        };
        vec![
            step(Purpose::Convert, "Convert Lead", convert),
            step(Purpose::Opportunity, "Opportunity of the conversion", fill),
        ]
    }

    /// Creates the Opportunity an operator asked for, or the one a customer's call calls for. A
    /// call has one: asked for again, it is changed.
    pub(super) fn opportunity(&self) -> Option<Step> {
        let actions = self.call.actions();
        let asked = actions.iter().rev().find_map(|(key, acted)| match &acted.action {
            Action::Opportunity { name, amount, stage, close_date } => {
                Some((*key, *acted, name, *amount, stage, *close_date))
            }
            _ => None,
        });
        if let Some((event, acted, name, amount, stage, close_date)) = asked {
            if self.has_write_of(event) {
                return None;
            }
            let amount = amount.map(record::number);
            let change = self.opportunity_of(name, amount, stage, close_date);
            return Some(Step::Add(Draft {
                purpose: Purpose::Opportunity,
                title: Text::new("Opportunity"),
                change,
                by: Some(By { operator: acted.operator.clone(), event: event.to_owned() }),
                not_before: self.after(acted.at, self.settings.grace()),
            }));
        }
        let known = self.lane.iter().any(|write| write.purpose == Purpose::Opportunity);
        if known || !self.calls_for_opportunity() {
            return None;
        }
        let today = self.now.to_zoned(self.settings.zone.clone()).date();
        let draft = opportunity(self.call, self.settings, today);
        let amount = draft.amount.map(record::number);
        let change = self.opportunity_of(&draft.name, amount, &draft.stage, draft.close_date);
        Some(self.draft(Purpose::Opportunity, "Opportunity", change, None))
    }

    /// The records of ours an Opportunity belongs to, where nobody was known.
    fn own_customer(&self) -> BTreeMap<String, String> {
        let known = self.call.matched().is_some_and(|known| known.kind != MatchKind::Nobody);
        let of: &[(&str, &str)] = match self.settings.new_caller {
            _ if known => &[],
            NewCaller::Lead => &[],
            NewCaller::Contact => &[("AccountId", "Account"), ("ContactId", "Contact")],
            NewCaller::PersonAccount => &[("AccountId", "Account")],
        };
        of.iter().map(|(field, of)| ((*field).to_owned(), (*of).to_owned())).collect()
    }

    /// A customer asked for work, or qualified in a chat.
    fn calls_for_opportunity(&self) -> bool {
        let rules = &self.settings.opportunity;
        if !record::is_contact(self.call) {
            return false;
        }
        if self.call.party().direction == Some(Direction::Chat) {
            let score = self.call.judgement().and_then(|judged| judged.score);
            return score.is_some_and(|score| score >= rules.chat_score);
        }
        let over = self.call.state() == CallState::Ended;
        let assessment = &self.call.assessment;
        rules.automatic && over && assessment.bant.need && assessment.wants.is_some()
    }

    fn opportunity_of(
        &self,
        name: &Text,
        amount: Option<Value>,
        stage: &Text,
        close_date: jiff::civil::Date,
    ) -> Change {
        let mut fields = Fields::new();
        fields.insert("Name".to_owned(), name.as_str().into());
        fields.insert("StageName".to_owned(), stage.as_str().into());
        fields.insert("CloseDate".to_owned(), close_date.to_string().into());
        if let Some(amount) = amount {
            fields.insert("Amount".to_owned(), amount);
        }
        let matched = self.call.matched().filter(|known| known.kind == MatchKind::Contact);
        if let Some(account) = matched.and_then(|matched| matched.account_id.as_ref()) {
            fields.insert("AccountId".to_owned(), account.as_str().into());
        }
        if let Some(contact) = matched.and_then(|matched| matched.id.as_ref()) {
            fields.insert("ContactId".to_owned(), contact.as_str().into());
        }
        let description = record::conversation(self.call, self.settings);
        if !description.is_empty() {
            fields.insert("Description".to_owned(), description.into());
        }
        for (name, value) in custom::values(self.call, "Opportunity", self.settings) {
            fields.insert(name.to_owned(), value);
        }
        Change::Upsert {
            sobject: "Opportunity".to_owned(),
            external_id: format!("{}/opportunity", self.call.id),
            fields,
            references: self.own_customer(),
        }
    }
}

//! Telling people: over the real hub, a real mail server, a real receiver of webhooks.

mod acknowledge;
mod again;
mod chain;
pub mod crash;
mod due;
mod email;
mod named_time;
mod outage;
mod passing_on;
mod rang_again;
mod reminders;
mod replies;
mod tool;
mod webhook;

use callboard::{
    call::Text,
    hub, plan,
    wire::{CallSummary, NoticeSummary},
};
use serde_json::json;

use crate::support::{
    mail::MailServer,
    stage::{ANN, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;

/// A hub with this on its roster, and a mail server.
struct Desk {
    stage: Stage,
    mail: MailServer,
}

impl Desk {
    /// People are told from the moment they have a call.
    async fn set(roster: impl FnOnce(&mut plan::Settings)) -> Self {
        Self::set_with(roster, |_| {}).await
    }

    async fn set_with(
        roster: impl FnOnce(&mut plan::Settings),
        change: impl Fn(&mut hub::Options) + Send + Sync + 'static,
    ) -> Self {
        let mail = MailServer::start().await;
        let email = mail.settings();
        let org = callboard::sandbox::org::Options::default();
        let stage = Stage::set_whole(
            org,
            roster,
            Box::new(move |options| {
                options.notice.email = Some(email.clone());
                change(options);
            }),
        )
        .await;
        Self { stage, mail }
    }

    /// Somebody rings whose basement is flooded.
    async fn flood(&self, call: &str) {
        let message = vapi::status(call, "in-progress", START);
        let words = "My basement is flooding, a pipe burst, I need someone now";
        self.stage.tell([message, vapi::said(call, "user", words, START + 1)]).await;
    }

    async fn route(&self, call: &str, to: &str) {
        assert!(self.stage.receipt(ANN, call, json!({"do": "route", "to": to})).await.done);
    }

    /// Waits until telling the owner of a call stands so.
    async fn notice(&self, call: &str, fits: impl Fn(&NoticeSummary) -> bool) -> NoticeSummary {
        let row = async || -> Option<CallSummary> {
            let id = format!("vapi:{call}");
            self.stage.calls().await.into_iter().find(|row| row.id.as_str() == id)
        };
        until("the notice of the call stands as expected", async || {
            row().await?.notice.filter(&fits)
        })
        .await
    }
}

/// Somebody on the roster who is told these ways.
fn person(plan: &plan::Settings, name: &str, tell: &[&str]) -> plan::Person {
    plan::Person {
        name: name.into(),
        tell: tell.iter().map(|way| Text::new(way)).collect(),
        ..plan.roster[0].clone()
    }
}

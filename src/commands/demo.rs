//! `callboard demo`: the whole thing at work, with nothing real in it.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::Context;
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};

use super::{ready, runtime, until_stopped};
use crate::{
    call::Region,
    cli::DemoArgs,
    config::Config,
    console,
    hub::{self, Operator, Operators},
    intake::{self, Sources},
    plan, salesforce,
    sandbox::{
        callers::{self, PlayError, Played},
        org, weather,
    },
    secret::SecretRef,
    triage::Rules,
    wire::OperatorRole,
};

/// Everything of the demo that runs beside the console.
struct Stage {
    org: org::Running,
    hub: hub::Running,
    token: String,
    vapi_secret: String,
    end_callers: watch::Sender<bool>,
    callers: JoinHandle<Result<Played, PlayError>>,
    weather: JoinHandle<Result<(), reqwest::Error>>,
    data_dir: PathBuf,
    /// Removed when the demo is over.
    _folder: Option<TempDir>,
}

/// Runs the demo until the console is left or, headless, until it is interrupted.
///
/// # Errors
/// When a part of it can't start.
pub fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.speed > 0.0 && args.speed <= 1000.0,
        "--speed {} is not between 0 and 1000",
        args.speed
    );
    anyhow::ensure!(
        args.listen.ip().is_loopback(),
        "the demo listens on loopback only, not on {}",
        args.listen
    );
    if args.headless {
        super::log_to_stderr();
    }
    runtime()?.block_on(async {
        let stage = Stage::set(args).await?;
        let outcome = if args.headless {
            stage.announce()?;
            until_stopped().await;
            Ok(())
        } else {
            let mut options = console::Options::new(stage.hub.url(), stage.token.clone().into());
            super::console::dress(&mut options, &Config::default(), args.screen.clone());
            console::run(options).await
        };
        stage.clear().await;
        outcome?;
        Ok(ExitCode::SUCCESS)
    })
}

impl Stage {
    async fn set(args: &DemoArgs) -> anyhow::Result<Self> {
        let (data_dir, folder) = match &args.data_dir {
            Some(folder) => (folder.clone(), None),
            None => {
                let folder = tempfile::Builder::new()
                    .prefix("callboard-demo-")
                    .tempdir()
                    .context("no temporary folder can be made; name one with --data-dir")?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let org = org::start(org::Options { seed: args.seed, ..org::Options::default() }).await?;
        let token = hub::new_token()?;
        let vapi_secret = hub::new_token()?;
        let mut operators = Operators::default();
        operators.add(&token, Operator { name: "you".into(), role: OperatorRole::Admin });
        let hub = hub::start(hub::Options {
            listen: args.listen,
            data_dir: data_dir.clone(),
            retain: None,
            store: None,
            sources: sources(&vapi_secret)?,
            recorder: None,
            operators,
            door: hub::Door::default(),
            plan: plan(&org),
            call_back: None,
            salesforce: Some(connection(&org)),
            notice: crate::notice::Settings::default(),
            rules: Rules::shipped(),
            business: "Bluebird Home Services".into(),
            zone: Config::default().zone()?,
            demo: true,
        })
        .await?;
        let (end_callers, mut ended) = watch::channel(false);
        let options = callers::Options {
            hub_url: hub.url(),
            secret: vapi_secret.clone(),
            seed: args.seed,
            speed: args.speed,
            calls_at_once: 5,
            clock: jiff::Timestamp::now(),
        };
        let callers = tokio::spawn(callers::run(options, async move {
            // An error means that the stage is gone: as good as the end.
            let _ = ended.wait_for(|end| *end).await;
        }));
        let (admin_url, speed) = (org.admin_url.clone(), args.speed);
        let weather = tokio::spawn(async move { weather::run(&admin_url, speed).await });
        Ok(Self {
            org,
            hub,
            token,
            vapi_secret,
            end_callers,
            callers,
            weather,
            data_dir,
            _folder: folder,
        })
    }

    /// One line with everything a script, a foreign client or a second console needs.
    fn announce(&self) -> anyhow::Result<()> {
        ready(&json!({
            "url": self.hub.url(),
            "token": self.token,
            "data_dir": self.data_dir,
            "webhooks": { "vapi": {
                "url": format!("{}/hooks/vapi", self.hub.url()),
                "header": "X-Vapi-Secret",
                "secret": self.vapi_secret,
            }},
            "salesforce": {
                "base_url": self.org.base_url,
                "admin_url": self.org.admin_url,
                "client_id": self.org.client_id,
                "client_secret": self.org.client_secret,
                "username": self.org.username,
            },
        }))
    }

    /// Ends everything in the order in which it depends on each other.
    async fn clear(self) {
        self.weather.abort();
        self.end_callers.send_replace(true);
        match self.callers.await {
            Ok(Ok(played)) => tracing::info!(?played, "callers"),
            Ok(Err(error)) => tracing::error!(%error, "the callers gave up"),
            Err(error) => tracing::error!(%error, "the callers died"),
        }
        self.hub.stop().await;
        self.org.stop().await;
    }
}

fn sources(secret: &str) -> anyhow::Result<Sources> {
    let vapi = intake::Settings {
        kind: "vapi".to_owned(),
        secrets: vec![SecretRef::given(secret)],
        ..intake::Settings::default()
    };
    let settings = BTreeMap::from([("vapi".to_owned(), vapi)]);
    Ok(Sources::build(&settings, &Region::default())?)
}

fn connection(org: &org::Running) -> salesforce::Settings {
    salesforce::Settings {
        login_url: org.base_url.clone(),
        client_id: org.client_id.clone(),
        client_secret: Some(SecretRef::given(&org.client_secret)),
        ..salesforce::Settings::default()
    }
}

/// The shop's people, as the stand-in org knows them.
fn plan(org: &org::Running) -> plan::Settings {
    let users = org.records("User");
    let id_of = |last_name: &str| {
        let user = users.iter().find(|user| user["LastName"] == last_name);
        user.and_then(|user| user["Id"].as_str()).unwrap_or_default().to_owned()
    };
    let person = |name: &str, last_name: &str, services: &[&str]| plan::Person {
        name: name.into(),
        owner_id: id_of(last_name),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
        ..plan::Person::default()
    };
    let roster = vec![
        plan::Person { on_call: true, ..person("Sam K.", "Kowalski", &["Plumbing", "HVAC"]) },
        plan::Person { on_call: true, ..person("Priya R.", "Raman", &["Electrical", "Roofing"]) },
        plan::Person { from_dollars: Some(8_000), ..person("Lee P.", "Park", &[]) },
        person("Dee O.", "Okafor", &[]),
    ];
    // Nobody watches a demo for API calls: what happens should be seen to happen.
    plan::Settings {
        roster,
        first_seconds: 1,
        record_seconds: 2,
        missed_seconds: 2,
        batch_seconds: 2,
        closing_seconds: 3,
        task_seconds: 3,
        ..plan::Settings::default()
    }
}

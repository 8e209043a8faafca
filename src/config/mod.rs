//! The configuration: one TOML file, with environment and flags over it.
//!
//! Every table has defaults, unknown keys are errors that name their line, and secrets appear
//! only as references ([`SecretRef`]), so that the file can be shown to anybody.

mod error;
mod retain;
mod store;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use directories::ProjectDirs;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    call::{Region, Text},
    console::{alerts::Alerts, columns::Column},
    dispatch, hub, intake, notice, outbound, plan, salesforce,
    secret::SecretRef,
    triage::Rules,
    wire::OperatorRole,
};

pub use error::ConfigError;
pub use retain::Retain;
pub use store::Store;

/// What `callboard config init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Where a hub listens and a console looks when nobody says otherwise.
const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 4620);

/// The whole configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whose calls these are.
    pub business: Business,
    /// The hub.
    pub hub: Hub,
    /// Who may look and act, beside the local administrator.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<Operator>,
    /// Who posts events, by the name in their webhook's URL.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, intake::Settings>,
    /// The org.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salesforce: Option<salesforce::Settings>,
    /// What calls mean in Salesforce.
    pub plan: plan::Settings,
    /// Who answers for calls, when and how soon.
    pub dispatch: dispatch::Settings,
    /// How people are told of calls that are theirs.
    pub notice: notice::Settings,
    /// How callers are rung back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<outbound::Settings>,
    /// How calls are judged.
    pub triage: Triage,
    /// The console.
    pub console: Console,
}

/// Whose calls these are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Business {
    /// The name on the screen.
    pub name: Text,
    /// The time zone it keeps (IANA, `America/New_York`); the machine's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The country whose national format numbers without `+` are in.
    pub region: Region,
}

impl Default for Business {
    fn default() -> Self {
        Self { name: "Callboard".into(), zone: None, region: Region::default() }
    }
}

/// The hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hub {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether a proxy with TLS stands in front of an address that is not loopback. Without one,
    /// tokens and callers' words would cross the network in clear, so the hub refuses to start.
    pub behind_tls: bool,
    /// Where it is reached from outside, for links in notices; none are made when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The hub's own certificate: it speaks TLS itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<hub::Tls>,
    /// What somebody without a token may do who comes from this machine; nothing when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_token: Option<OperatorRole>,
    /// The most connections at once.
    pub max_connections: usize,
    /// Where its journal is; the platform's data folder when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// How long a call is kept after it was last heard of (`90d`, `1y`); for ever when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<Retain>,
    /// The database that several hubs share; the journal in `data_dir` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            listen: LOCAL.into(),
            behind_tls: false,
            public_url: None,
            tls: None,
            without_token: None,
            max_connections: hub::Door::default().connections,
            data_dir: None,
            retain: None,
            store: None,
        }
    }
}

impl Hub {
    /// Where it is reached from its own machine.
    fn address_here(&self) -> String {
        let everywhere = self.listen.ip().is_unspecified();
        let port = self.listen.port();
        match (&self.tls, self.listen.ip()) {
            // A certificate names names.
            (Some(_), ip) if everywhere || ip.is_loopback() => format!("https://localhost:{port}"),
            (Some(_), _) => format!("https://{}", self.listen),
            (None, IpAddr::V4(_)) if everywhere => format!("http://127.0.0.1:{port}"),
            (None, IpAddr::V6(_)) if everywhere => format!("http://[::1]:{port}"),
            (None, _) => format!("http://{}", self.listen),
        }
    }

    /// How the hub is reached.
    pub fn door(&self) -> hub::Door {
        hub::Door {
            tls: self.tls.clone(),
            behind_tls: self.behind_tls,
            public_url: self.public_url.clone(),
            without_token: self.without_token,
            connections: self.max_connections,
            ..hub::Door::default()
        }
    }
}

/// Somebody with a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The name in every action.
    pub name: Text,
    /// `viewer`, `dispatcher` or `admin`.
    pub role: OperatorRole,
    /// Where the token is.
    pub token: SecretRef,
}

/// How calls are judged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Triage {
    /// A rule file in place of the one that is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<PathBuf>,
    /// Whose judgement proposes an owner: ours, or the provider's where it sent one.
    pub routes_by: plan::RoutesBy,
}

/// The console.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// The hub to attach to; the one of the same config, on this machine, when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Where the operator's token is; the local hub's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// The colours: a name from `callboard themes`, or a file that ends in `.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Keys of one's own: a name from `callboard keys --markdown` → keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Vec<String>>,
    /// Filters with names, for `:view NAME`: name → filter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, String>,
    /// What the operator is called for, how, and when not.
    pub alerts: Alerts,
    /// Whether records and recordings are links in the terminal (OSC 8).
    pub hyperlinks: bool,
    /// The columns of the Live view, what is to have room first before the others.
    pub columns: Vec<Column>,
    /// Whether the mouse selects and scrolls.
    pub mouse: bool,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            hub: None,
            token: None,
            theme: None,
            keys: BTreeMap::new(),
            views: BTreeMap::new(),
            alerts: Alerts::default(),
            hyperlinks: true,
            columns: Column::ALL.to_vec(),
            mouse: false,
        }
    }
}

/// Where the platform wants this program's files.
///
/// # Errors
/// When the user has no home folder.
pub fn places() -> Result<ProjectDirs, ConfigError> {
    ProjectDirs::from("", "", "callboard").ok_or(ConfigError::NoHome)
}

/// The config file that is used when none is named.
///
/// # Errors
/// When the user has no home folder.
pub fn default_path() -> Result<PathBuf, ConfigError> {
    Ok(places()?.config_dir().join("callboard.toml"))
}

impl Config {
    /// Reads the config: `path` if given (it must exist), else the default place (it may be
    /// missing; then all is default).
    ///
    /// # Errors
    /// A [`ConfigError`] that names file and line.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let (path, required) = match path {
            Some(path) => (path.to_owned(), true),
            None => (default_path()?, false),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => String::new(),
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        let wrong = |source| ConfigError::Wrong { path, source: Box::new(source) };
        let mut config: Self = toml::from_str(&text).map_err(wrong)?;
        config.hear_environment(|name| std::env::var(name).ok())?;
        Ok(config)
    }

    /// Puts the environment's settings over the file's.
    fn hear_environment(
        &mut self,
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        if let Some(listen) = variable("CALLBOARD_LISTEN") {
            self.hub.listen =
                listen.parse().map_err(|_| ConfigError::Listen("CALLBOARD_LISTEN", listen))?;
        }
        if let Some(folder) = variable("CALLBOARD_DATA_DIR") {
            self.hub.data_dir = Some(folder.into());
        }
        if let Some(hub) = variable("CALLBOARD_HUB") {
            self.console.hub = Some(hub);
        }
        Ok(())
    }

    /// Where the hub is that commands ask and the console attaches to.
    pub fn hub_address(&self) -> String {
        self.console.hub.clone().unwrap_or_else(|| self.hub.address_here())
    }

    /// The zone the business keeps.
    ///
    /// # Errors
    /// When the configured one doesn't exist.
    pub fn zone(&self) -> Result<TimeZone, ConfigError> {
        match &self.business.zone {
            Some(name) => TimeZone::get(name).map_err(|_| ConfigError::Zone(name.clone())),
            None => Ok(TimeZone::system()),
        }
    }

    /// Now, in the zone the business keeps.
    ///
    /// # Errors
    /// As [`Self::zone`].
    pub fn now(&self) -> Result<jiff::Zoned, ConfigError> {
        Ok(jiff::Timestamp::now().to_zoned(self.zone()?))
    }

    /// The rules of planning, with what the business says of itself.
    ///
    /// # Errors
    /// When a setting can't be right.
    pub fn plan(&self) -> Result<plan::Settings, ConfigError> {
        self.plan.check().map_err(ConfigError::Plan)?;
        self.check_destinations().map_err(ConfigError::Plan)?;
        self.check_dispatch().map_err(ConfigError::Plan)?;
        Ok(plan::Settings {
            region: self.business.region.clone(),
            zone: self.zone()?,
            routes_by: self.triage.routes_by,
            dispatch: dispatch::Settings {
                zone: self.zone()?,
                region: self.business.region.clone(),
                ..self.dispatch.clone()
            },
            ..self.plan.clone()
        })
    }

    /// The rules of triage.
    ///
    /// # Errors
    /// When the configured file can't be read or is wrong.
    pub fn rules(&self) -> Result<Arc<Rules>, ConfigError> {
        let Some(path) = &self.triage.rules else { return Ok(Rules::shipped()) };
        let failed = |reason: String| ConfigError::Rules { path: path.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Rules::parse(&text).map(Arc::new).map_err(|error| failed(error.to_string()))
    }

    /// Whether every destination can be reached.
    fn check_destinations(&self) -> Result<(), String> {
        let stranded = self.plan.destinations.iter().find(|to| to.needs_org());
        match stranded.filter(|_| self.salesforce.is_none()) {
            None => Ok(()),
            Some(to) if to.kind == plan::DestinationKind::WebToLead => Err(format!(
                "destination {} needs org_id (00D…: Setup, Company Information), for there is no \
                 [salesforce] to ask for it",
                to.name
            )),
            Some(to) => Err(format!("destination {} needs [salesforce]", to.name)),
        }
    }

    /// Whether what is said of dispatching fits the roster.
    fn check_dispatch(&self) -> Result<(), String> {
        let names: Vec<Text> = self.plan.roster.iter().map(|it| it.name.clone()).collect();
        self.dispatch.check(&names).map_err(|problem| format!("dispatch: {problem}"))?;
        self.notice.check().map_err(|problem| format!("notice: {problem}"))?;
        for person in &self.plan.roster {
            let checked = self.notice.check_ways(&person.tell);
            checked.map_err(|problem| format!("plan.roster: {}: {problem}", person.name))?;
        }
        self.check_trades()
    }

    /// Whether every trade of the roster is one that a call can have. A provider that proposes
    /// owners has trades of its own.
    fn check_trades(&self) -> Result<(), String> {
        if self.triage.routes_by == plan::RoutesBy::Provider {
            return Ok(());
        }
        // What is wrong with the rules themselves is said where they are read.
        let Ok(rules) = self.rules() else { return Ok(()) };
        let trades = rules.trades();
        for person in &self.plan.roster {
            let unknown = |own: &&String| !trades.iter().any(|it| it.eq_ignore_ascii_case(own));
            if let Some(own) = person.services.iter().find(unknown) {
                return Err(format!(
                    "plan.roster: {}: services names {own:?}, a trade that no call can have; there \
                     are {}",
                    person.name,
                    trades.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// Where the hub keeps its journal.
    ///
    /// # Errors
    /// When none is configured and the user has no home folder.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        match &self.hub.data_dir {
            Some(folder) => Ok(folder.clone()),
            None => Ok(places()?.data_local_dir().to_owned()),
        }
    }

    /// What is wrong with it, as far as it alone can tell: a sentence for each setting.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = Vec::new();
        problems.extend(self.hub.door().check(self.hub.listen).err().map(|it| it.to_string()));
        problems.extend(self.zone().err().map(|error| error.to_string()));
        problems.extend(self.rules().err().map(|error| error.to_string()));
        let sources = intake::Sources::build(&self.sources, &self.business.region);
        let sources = sources.err().into_iter().flat_map(|unusable| unusable.0);
        problems.extend(sources.map(|error| error.to_string()));
        problems.extend(self.plan.check().err().map(|problem| format!("plan: {problem}")));
        problems.extend(self.check_destinations().err().map(|problem| format!("plan: {problem}")));
        problems.extend(self.check_dispatch().err());
        if let Some(call_back) = &self.call_back {
            problems.extend(call_back.check().err().map(|problem| problem.to_string()));
        }
        problems.extend(self.notice.problems().iter().map(|problem| format!("notice: {problem}")));
        problems.extend(self.org_problems());
        problems.extend(self.operators.iter().filter_map(|operator| {
            let error = operator.token.resolve().err()?;
            Some(format!("the token of the operator {}: {error}", operator.name))
        }));
        problems
    }

    /// Whether a hub can serve with it.
    ///
    /// # Errors
    /// All of [`Self::problems`] at once: whoever mends one should not have to start again to hear of
    /// the next.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.problems() {
            problems if problems.is_empty() => Ok(()),
            problems => Err(ConfigError::Unready(problems.join("\n  "))),
        }
    }

    /// What keeps the org from being asked anything.
    pub fn org_problems(&self) -> Vec<String> {
        let Some(org) = &self.salesforce else { return Vec::new() };
        let mut problems: Vec<String> = Vec::new();
        problems.extend(org.check().err().map(|problem| problem.to_string()));
        let secrets = [
            ("client_secret", &org.client_secret),
            ("refresh_token", &org.refresh_token),
            ("private_key", &org.private_key),
        ];
        problems.extend(secrets.into_iter().filter_map(|(name, secret)| {
            let error = secret.as_ref()?.resolve().err()?;
            Some(format!("salesforce.{name}: {error}"))
        }));
        problems
    }

    /// The configuration as TOML. Secrets are references in it, never values.
    pub fn show(&self) -> String {
        // Every member is a plain value, so this can't fail; an empty answer would be noticed.
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

/// Writes the commented template to `path` and returns where.
///
/// # Errors
/// When something is there already or it can't be written.
pub fn init(path: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let path = path.map_or_else(default_path, |path| Ok(path.to_owned()))?;
    let unwritable = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => ConfigError::Exists(path.clone()),
        _ => ConfigError::Unwritable { path: path.clone(), source },
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut file = std::fs::File::create_new(&path).map_err(unwritable)?;
    io::Write::write_all(&mut file, TEMPLATE.as_bytes()).map_err(unwritable)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_as_it_is_changes_nothing() {
        let template: Config = toml::from_str(TEMPLATE).unwrap();
        assert_eq!(template.show(), Config::default().show());
    }

    /// The template teaches by commented settings: with the comment marks gone it must still be
    /// a config.
    #[test]
    fn every_commented_setting_of_the_template_is_one() {
        let uncommented: String = TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") || setting.starts_with('[') => setting,
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let config: Config = toml::from_str(&uncommented).unwrap();
        assert!(config.salesforce.is_some() && !config.sources.is_empty());
        assert!(!config.operators.is_empty());
    }

    #[test]
    fn the_environment_is_over_the_file() {
        let mut config: Config = toml::from_str("[hub]\nlisten = \"127.0.0.1:1\"").unwrap();
        let told = |name| (name == "CALLBOARD_LISTEN").then(|| "127.0.0.1:2".to_owned());
        config.hear_environment(told).unwrap();
        assert_eq!(config.hub.listen.port(), 2);
        let error = config.hear_environment(|_| Some("nowhere".to_owned())).unwrap_err();
        assert!(error.to_string().contains("CALLBOARD_LISTEN"), "{error}");
    }

    #[test]
    fn commands_ask_the_hub_of_the_same_config_unless_told_otherwise() {
        let tls = "\n[hub.tls]\ncertificate = \"a\"\nkey = \"b\"";
        let other = "\n[console]\nhub = \"https://board.example.com\"";
        for (config, address) in [
            (String::new(), "http://127.0.0.1:4620"),
            ("[hub]\nlisten = \"127.0.0.1:81\"".to_owned(), "http://127.0.0.1:81"),
            ("[hub]\nlisten = \"0.0.0.0:80\"".to_owned(), "http://127.0.0.1:80"),
            ("[hub]\nlisten = \"[::]:80\"".to_owned(), "http://[::1]:80"),
            (format!("[hub]\nlisten = \"0.0.0.0:444\"{tls}"), "https://localhost:444"),
            (format!("[hub]\nlisten = \"10.0.0.1:444\"{tls}"), "https://10.0.0.1:444"),
            (format!("[hub]\nlisten = \"0.0.0.0:444\"{other}"), "https://board.example.com"),
        ] {
            let config: Config = toml::from_str(&config).unwrap();
            assert_eq!(config.hub_address(), address);
        }
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[hub]\nlissten = \"127.0.0.1:1\"\n").unwrap();
        let error = Config::load(Some(file.path())).unwrap_err().to_string();
        assert!(error.contains("lissten") && error.contains("line 2"), "{error}");
    }
}

//! The commands and flags, nothing else.

use std::{net::SocketAddr, path::PathBuf};

use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource,
};

use jiff::Timestamp;

use crate::{replay::Speed, sandbox::org::Fault};

mod admin;
mod figures;
mod forget;
mod keep;
mod moment;
mod notice;
mod numbers;
mod writes;

pub use admin::{AdminList, LogArgs, TokenAdd, TokenCommand, TokenRevoke, Until};
pub use figures::{ExportArgs, ExportFormat, Exported, ReportArgs, ReportFormat};
pub use forget::ForgetArgs;
pub use keep::{BackupArgs, CheckArgs, RestoreArgs};
pub use moment::Moment;
pub use notice::{NoticeCommand, NoticeTest};
pub use numbers::{NumberArgs, NumbersCommand};
pub use writes::{Filter, WritesCommand, WritesEdit, WritesList, WritesMany, WritesShow};

/// What was asked for on the command line.
///
/// The console's flags may stand before its name or after it: both are the same flags.
#[derive(Debug)]
pub struct Cli {
    /// The config file; the platform's when none.
    pub config: Option<PathBuf>,
    /// What to do; the console when none.
    pub command: Option<Command>,
    /// The console's flags.
    pub console: ConsoleArgs,
}

/// The flags of [`ConsoleArgs`].
const CONSOLE_FLAGS: [&str; 8] =
    ["hub", "token_file", "theme", "ascii", "no_motion", "plain", "wall", "read_only"];

impl Parser for Cli {}

impl CommandFactory for Cli {
    fn command() -> clap::Command {
        Given::command()
    }

    fn command_for_update() -> clap::Command {
        Given::command_for_update()
    }
}

impl FromArgMatches for Cli {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Given { config, mut command, console } = Given::from_arg_matches(matches)?;
        if let (Some(Command::Console(args)), Some(("console", after))) =
            (&mut command, matches.subcommand())
        {
            // What stands after the name wins over what stands before it, and both over the
            // environment, which gives its values in both places.
            let said = |name: &str| after.value_source(name) == Some(ValueSource::CommandLine);
            let before = console.clone();
            args.at.hub = args.at.hub.take().filter(|_| said("hub")).or(before.at.hub);
            let file = &mut args.at.token_file;
            *file = file.take().filter(|_| said("token_file")).or(before.at.token_file);
            let theme = &mut args.screen.theme;
            *theme = theme.take().filter(|_| said("theme")).or(before.screen.theme);
            args.screen.ascii |= before.screen.ascii;
            args.screen.no_motion |= before.screen.no_motion;
            args.plain |= before.plain;
            args.wall |= before.wall;
            args.read_only |= before.read_only;
        } else if let Some((name, _)) = matches.subcommand() {
            // Silently without effect would be worse: a tool would talk to another hub.
            let said = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
            if let Some(flag) = CONSOLE_FLAGS.iter().find(|id| said(id)) {
                let why = format!(
                    "--{} before `{name}` would be the console's; say it after `{name}`\n",
                    flag.replace('_', "-")
                );
                return Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, why));
            }
        }
        Ok(Self { config, command, console })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A live board for incoming phone calls: judges each call while it is spoken, keeps Salesforce
/// in step, and lets you act with one key.
///
/// Without a command it opens the console on the configured hub. New here? `callboard demo`.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Given {
    /// The config file [default: the platform's config folder, see `callboard config path`].
    #[arg(long, global = true, env = "CALLBOARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    command: Option<Command>,
    /// The console's flags: it is what runs without a command.
    #[command(flatten)]
    console: ConsoleArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole thing at work: hub, stand-in Salesforce org, simulated callers and console
    /// in one process. Nothing to configure, nothing real.
    Demo(DemoArgs),
    /// Serve: take webhooks, keep the board, write to Salesforce.
    Hub(HubArgs),
    /// Show, explain or create the configuration.
    Config(ConfigArgs),
    /// The board of a hub in this terminal (also what runs without a command).
    ///
    /// Shows what is ringing now, how urgent it is and why, who waits for a callback and what
    /// failed in Salesforce; ? lists the keys. The operator's token comes from --token-file or
    /// from the environment variable CALLBOARD_TOKEN, never from the command line.
    Console(ConsoleArgs),
    /// Look over the sources of webhooks, how people are told, who is on call, and the Salesforce org.
    ///
    /// Whether every secret is there and every mapping sound, and the address each provider posts
    /// to; whether the mail server takes our login, each hour of the coming week in which nobody on
    /// call can be told; of the org its limits, every field that is written, owners. Changes and
    /// sends nothing. One line per finding, each with what to do; the exit status is 1 when
    /// the hub would not start, nobody would be told by mail or writes would fail.
    Doctor(DoctorArgs),
    /// Log in to Salesforce as a person, for flow = "refresh_token": also over SSH.
    ///
    /// Prints a URL to open in any browser. A browser on this machine comes back by itself; from
    /// another one, paste the address it ends at. The refresh token is kept, sealed, in the data
    /// folder, where the hub finds it; it is never printed.
    Login(LoginArgs),
    /// Set a Salesforce org up: custom fields, external ids, and a permission set for them.
    ///
    /// Shows what is missing, then makes it; a second time does nothing. Needs a login that may
    /// customise the application. What is there already is never changed, but for the rights of the
    /// permission set "Callboard".
    Provision(ProvisionArgs),
    /// Check that Salesforce has what was delivered: every call's records, field by field.
    ///
    /// Asks a running hub for its journal and, through its session, Salesforce for the same records,
    /// 200 to an API call. Lists every call that is not, or not rightly, in Salesforce: failed
    /// writes, deleted records, other values, several open Leads of one number. The exit status is 1
    /// when there is one. What people changed in Salesforce is told and left alone.
    Verify(VerifyArgs),
    /// Salesforce writes: what goes out, what failed and why; try again, give up, edit.
    ///
    /// Asks a running hub, so that everything done is done by a named operator.
    #[command(subcommand)]
    Writes(WritesCommand),
    /// The figures of a time: calls offered, answered, missed, how fast, and what it costs.
    ///
    /// docs/figures.md defines each. Today's when no time is said.
    Report(ReportArgs),
    /// Calls and writes for other programs, one a line.
    ///
    /// What callers said is not in it; --redact leaves out more.
    Export(ExportArgs),
    /// Who may look and act: makes, lists and revokes tokens of a running hub.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Who did what, from a running hub: every action of an operator and every change of an
    /// administrator.
    Log(LogArgs),
    /// Move the journal from the data folder to the PostgreSQL database in hub.store.
    ///
    /// Stop the hub first. Copies everything, reads every call back from both and compares; the old
    /// journal is not changed. Can be run again when it was interrupted.
    MigrateStore(MigrateStoreArgs),
    /// Numbers that nobody rings: list them, put one on the list, take one off.
    ///
    /// Callers put themselves on it by saying so ("don't call me again"), operators by do_not_call on
    /// a call, or here. The list holds for every call and every hub, whatever happens to the calls.
    /// A caller on it who asks to be rung back is rung back that once.
    #[command(subcommand)]
    DoNotCall(NumbersCommand),
    /// Copies the journal to a file, as it was at one moment, also while the hub works on it.
    ///
    /// The copy is looked over before it gets its name. Callers' words are in it: only its owner may
    /// read it. A journal in PostgreSQL is copied with pg_dump.
    Backup(BackupArgs),
    /// Puts a copy back as the journal. Stop the hub first.
    ///
    /// The copy is looked over first. What happened after it was made is not in it: run
    /// `callboard verify` afterwards, and ask providers to send again what they can.
    Restore(RestoreArgs),
    /// Looks a journal over: damage, writes and events that belong to nothing, rows that can't be
    /// read. Changes nothing, and may run while the hub does. Exit status 1 when something is wrong.
    Check(CheckArgs),
    /// Erases one caller from the journal, for good: every call of their number, what they said, what
    /// was written of them. Admins only.
    ///
    /// Shows what it is about and asks first; afterwards it counts what the journal still holds of
    /// the number. Figures keep the calls without name, number and wish. Salesforce is not touched:
    /// the records there are listed. A number that is not to be called stays on that list.
    Forget(ForgetArgs),
    /// How people are told of calls that are theirs: try it out.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Who is on call, now and next, and how much each has in hand.
    Roster(RosterArgs),
    /// A stand-in Salesforce org on loopback, with its records in memory.
    ///
    /// Prints one line of JSON when it is ready: base_url, client_id, client_secret, username,
    /// refresh_token, admin_url. Point any Salesforce client at base_url. Ctrl-C ends it, and
    /// with it everything it held.
    Sandbox(SandboxArgs),

    /// Judges transcripts: urgency, rating, callback, service, budget, BANT, each with evidence.
    ///
    /// Reads one JSON object per line, {"id": ..., "text": ...}, where the text is a caller's
    /// words or lines that begin with `Agent:` and `Caller:`; or {"id": ..., "turns": [{"role":
    /// "caller", "text": ...}]}. Writes one JSON object per line. docs/triage.md tells how it
    /// judges and how to teach it.
    Triage(Triage),
    /// The console's keys on one page, as they hold here
    Keys {
        /// As a table (Markdown) with the names for `[console.keys]` of the config.
        #[arg(long)]
        markdown: bool,
    },
    /// The console's themes.
    Themes,
    /// Print what a shell needs to complete this command line.
    ///
    /// For bash: callboard completions bash > /etc/bash_completion.d/callboard
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for the program and one for each command.
    Manpages {
        /// The folder they go to, such as /usr/local/share/man/man1.
        folder: PathBuf,
    },
    /// Posts recorded webhooks to a hub again, signed anew with the configured secrets.
    ///
    /// Takes what `callboard hub --record FILE` writes. Exits with an error when the hub refused
    /// any of it. Never point it at a hub that writes to a real org unless you mean it.
    Replay(ReplayArgs),
    /// Try out a source without touching anything.
    #[command(subcommand)]
    Source(SourceCommand),
}

/// Flags of `callboard migrate-store`.
#[derive(Debug, Args)]
pub struct MigrateStoreArgs {
    /// Where the journal is [default: the configured folder, or the platform's].
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

/// Flags of `callboard replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The recording.
    pub file: PathBuf,
    /// The hub [default: the configured one, http://127.0.0.1:4620].
    #[arg(long, value_name = "URL")]
    pub hub: Option<String>,
    /// How fast: 1 as it was, 10 ten times as fast, max (or 0) as fast as the hub takes it.
    #[arg(long, default_value = "1", value_name = "N")]
    pub speed: Speed,
    /// A source's secret, for sources that the config does not have; may be repeated.
    #[arg(long, value_name = "SOURCE=VARIABLE")]
    pub secret_env: Vec<String>,
}

/// `callboard source ...`
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Show what a payload becomes, field by field.
    ///
    /// Reads the body from FILE, exactly as the provider posts it. With --headers it also checks
    /// the signature against the configured secrets, and exits with an error when it does not fit.
    Test(SourceTest),
}

/// Flags of `callboard source test`.
#[derive(Debug, Args)]
pub struct SourceTest {
    /// The source's name in the config; or a kind, to look at a payload without a config.
    pub name: String,
    /// The body.
    pub file: PathBuf,
    /// The headers it came with, as `Name: value` lines.
    #[arg(long, value_name = "FILE")]
    pub headers: Option<PathBuf>,
    /// What follows /hooks/NAME in the URL, such as /post-call.
    #[arg(long, default_value = "", value_name = "PATH")]
    pub path: String,
    /// The query, without `?`.
    #[arg(long, default_value = "", value_name = "QUERY")]
    pub query: String,
    /// When it was received, for signatures with a time [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
}

/// Where to listen.
fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.trim_start_matches(':').parse::<u16>().unwrap_or(4620);
        format!("that is no address with its port; write 127.0.0.1:{port}")
    })
}

/// Flags of `callboard hub`.
#[derive(Debug, Args)]
pub struct HubArgs {
    /// Where to listen; port 0 for any free one.
    #[arg(long, env = "CALLBOARD_LISTEN", value_name = "ADDR:PORT", value_parser = listen)]
    pub listen: Option<SocketAddr>,
    /// Where state is kept.
    #[arg(long, env = "CALLBOARD_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Also write every accepted webhook to this file, for `callboard replay`. It holds what
    /// callers say: only its owner can read it.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Flags of `callboard demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the hub listens; port 0 for any free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR:PORT", value_parser = listen)]
    pub listen: SocketAddr,
    /// Where state is kept [default: a temporary folder, gone afterwards].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The same seed gives the same callers.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// How fast time passes for the callers: 2 is twice as fast.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// How the console looks.
    #[command(flatten)]
    pub screen: ScreenArgs,
    /// No console: print one line of JSON with every address and secret, and serve until
    /// interrupted.
    #[arg(long)]
    pub headless: bool,
}

/// Flags of `callboard login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Don't wait for a browser on this machine; only take what is pasted.
    #[arg(long)]
    pub no_listen: bool,
    /// Where Salesforce sends the browser: a callback URL of the app, letter for letter
    /// [default: salesforce.redirect_uri, http://localhost:1717/OauthRedirect].
    #[arg(long, value_name = "URL")]
    pub redirect: Option<String>,
}

/// Flags of `callboard provision`.
#[derive(Debug, Args)]
pub struct ProvisionArgs {
    /// Only show what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask.
    #[arg(long, short)]
    pub yes: bool,
    /// The integration user's name in Salesforce, who gets the permission set [default: whoever
    /// the config signs in].
    #[arg(long, value_name = "USERNAME")]
    pub user: Option<String>,
}

/// Flags of `callboard verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Written since: 90m, 24h, 7d, yesterday, mon, 2026-11-21, 2026-11-21T14:00.
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub since: Moment,
    /// Queue what puts things right, as writes under your name.
    #[arg(long)]
    pub fix: bool,
    /// What was sent or waits for less than this may still be on its way: 10m, 2h.
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub patience: jiff::SignedDuration,
    /// Count also what people changed in Salesforce, and let --fix put our values back.
    #[arg(long)]
    pub strict: bool,
    /// Don't ask.
    #[arg(long, short)]
    pub yes: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print the findings as JSON: level, what, fix.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `callboard config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do with it; shows the effective configuration when left out.
    #[command(subcommand)]
    pub action: Option<ConfigAction>,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print the effective configuration (secrets are references, never values).
    Show,
    /// Print where the config file is looked for.
    Path,
    /// Write a commented config file there; never overwrites one.
    Init,
}

/// `callboard sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Where to listen: loopback only; port 0 takes any free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = listen)]
    pub listen: SocketAddr,
    /// Ids, tokens and the dice of faults follow from this.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The consumer secret of the org's app; it guards nothing but made-up records.
    #[arg(long)]
    pub client_secret: Option<String>,
    /// How many seconds an access token lives without being used.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    pub token_lifetime: u64,
    /// Without Callboard's custom fields: an org as it is before they are set up.
    #[arg(long)]
    pub bare: bool,
    /// With Person Accounts.
    #[arg(long)]
    pub person_accounts: bool,
    /// A refresh gives a new refresh token; the old one, used again, revokes everything.
    #[arg(long)]
    pub rotate_refresh_tokens: bool,
    /// API calls a day.
    #[arg(long, value_name = "CALLS", default_value_t = 15_000)]
    pub daily_limit: u64,
    /// What goes wrong, as kind:name=value,...; may be repeated.
    ///
    /// For example: latency:ms=300,jitter_ms=200 · lock:sobject=Lead,count=2 ·
    /// outage:style=html,for_seconds=300 · drop-after-commit:probability=0.1 · daily-limit ·
    /// status:status=429,retry_after=5. docs/sandbox.md lists all kinds.
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<Fault>,
}

/// `callboard triage`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Triage {
    /// What else to do with transcripts than to judge them.
    #[command(subcommand)]
    pub command: Option<TriageCommand>,
    /// The transcripts; standard input when there is none.
    pub file: Option<PathBuf>,
    /// A rule file that adds to the shipped rules, or takes their place.
    #[arg(long, value_name = "FILE", global = true)]
    pub rules: Option<PathBuf>,
    /// The time zone of the times callers name, such as America/Chicago; that of the config
    /// (business.zone) when none, else this machine's.
    #[arg(long, value_name = "NAME", global = true)]
    pub zone: Option<String>,
}

/// `callboard triage ...`
#[derive(Debug, Subcommand)]
pub enum TriageCommand {
    /// Measures judgements against labels: precision, recall, F1, confusion, every miss with its
    /// evidence.
    Eval {
        /// Labelled transcripts: each line also has urgency, rating, callback, service,
        /// budget_usd and bant.
        file: PathBuf,
        /// Show instead what these rules would change.
        #[arg(long, value_name = "RULES")]
        against: Option<PathBuf>,
    },
    /// Writes the calls whose judgement operators corrected as labelled examples (NDJSON), from a
    /// running hub.
    ///
    /// `callboard triage eval` measures rules against them.
    Export(AtHub),
}

/// Which hub is meant and as whom it is asked: the flags of everything that talks to a hub.
///
/// The token is never on the command line, where others would see it: it comes from `--token-file`,
/// the environment variable `CALLBOARD_TOKEN`, the config, or the local hub's data folder.
#[derive(Clone, Debug, Default, Args)]
pub struct AtHub {
    /// The hub: http://127.0.0.1:4620 or https://hub.example.com.
    #[arg(long, value_name = "URL", env = "CALLBOARD_HUB")]
    pub hub: Option<String>,
    /// A file with the operator's token that only you can read.
    #[arg(long, value_name = "FILE", env = "CALLBOARD_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
}

/// `callboard roster`
#[derive(Debug, Args)]
pub struct RosterArgs {
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `callboard console`
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleArgs {
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
    /// How it looks.
    #[command(flatten)]
    pub screen: ScreenArgs,
    /// No screen: print one line for every change, for pipes, logs and screen readers.
    #[arg(long)]
    pub plain: bool,
    /// For a screen on the wall: large digits, pages that turn by themselves, nobody's name.
    #[arg(long, conflicts_with = "plain")]
    pub wall: bool,
    /// Look, don't touch: keys that change something are refused.
    #[arg(long)]
    pub read_only: bool,
}

/// How a console looks.
#[derive(Clone, Debug, Default, Args)]
pub struct ScreenArgs {
    /// The colours: a name from `callboard themes`, or a file of your own that ends in .toml.
    #[arg(long, value_name = "NAME", env = "CALLBOARD_THEME")]
    pub theme: Option<String>,
    /// Only ASCII on the screen, for terminals and fonts without the rest.
    #[arg(long)]
    pub ascii: bool,
    /// Nothing moves by itself more often than it must: rows every ten seconds, countdowns every
    /// five, no pages that turn.
    #[arg(long)]
    pub no_motion: bool,
}

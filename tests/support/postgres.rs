//! A PostgreSQL server of the tests' own, in a temporary folder, on a Unix socket.
//!
//! Its programs are looked for in `CALLBOARD_PG_BIN`, where `pg_config` says, and in
//! `/usr/lib/postgresql`. Where there are none, tests that need a server say so and pass. A server
//! must not run as root: then it runs as `postgres` or `nobody`.

use std::{
    io::Write,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Ends the server when this process is gone, however it went: then the pipe to it closes.
const KEEPER: &str = r#""$@" & server=$!; read -r _
kill -QUIT $server; kill -TERM $server; wait $server"#;

pub struct Server {
    folder: TempDir,
    bin: PathBuf,
    user: Option<(String, u32, u32)>,
    keeper: Mutex<Option<Child>>,
    databases: AtomicU32,
}

fn bin() -> Option<PathBuf> {
    let said = std::env::var_os("CALLBOARD_PG_BIN").map(PathBuf::from);
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.map(|it| PathBuf::from(String::from_utf8_lossy(&it.stdout).trim()));
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    found.sort();
    let all = said.into_iter().chain(asked).chain(found.into_iter().rev());
    all.into_iter().find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
}

/// Where a program is. Not everybody's search path is ours.
fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.into_iter().find(|it| it.exists()).unwrap_or_else(|| name.into())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

/// Somebody else's name, user id and group id.
fn unprivileged() -> Option<(String, u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let part: Vec<&str> = line.split(':').collect();
        Some(((*name).to_owned(), part[2].parse().ok()?, part[3].parse().ok()?))
    })
}

impl Server {
    /// The one that most tests share; none where no server can be had.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// One of its own.
    pub fn start() -> Option<Self> {
        let without = |why: &str| {
            eprintln!("PASSED OVER, needs PostgreSQL: {why}");
            None
        };
        let Some(bin) = bin() else {
            return without("no initdb and postgres here; install postgresql");
        };
        let user = match is_root() {
            true => match unprivileged() {
                Some(user) => Some(user),
                None => return without("it must not run as root, and there is nobody else"),
            },
            false => None,
        };
        let folder = tempfile::tempdir().unwrap();
        if let Some((_, uid, gid)) = &user {
            chown(folder.path(), Some(*uid), Some(*gid)).unwrap();
        }
        let (keeper, databases) = (Mutex::new(None), AtomicU32::new(0));
        let server = Self { folder, bin, user, keeper, databases };
        let mut initdb = server.command("initdb");
        initdb.args(["-U", "callboard", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let made = initdb.arg("-D").arg(server.data()).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.resume();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command that runs as whoever the server is.
    pub fn command_of(&self, program: &Path) -> Command {
        let Some((_, uid, gid)) = &self.user else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={uid}"), format!("--regid={gid}")]);
        command.arg("--clear-groups").arg(program);
        command
    }

    fn command(&self, program: &str) -> Command {
        self.command_of(&self.bin.join(program))
    }

    /// Starts it (again) and waits until it takes connections.
    pub fn resume(&self) {
        let server = self.command("postgres");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(server.get_program()).args(server.get_args());
        keeper.arg("-D").arg(self.data()).arg("-k").arg(self.folder());
        // What a killed process wrote is in the kernel's hands: only a killed machine needs fsync.
        let settings = ["listen_addresses=", "fsync=off", "max_connections=100"];
        keeper.args(settings.iter().flat_map(|setting| ["-c", setting]));
        let log = std::fs::File::options();
        let log = log.clone().create(true).append(true).open(self.folder().join("log")).unwrap();
        let child = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        *self.keeper.lock().unwrap() = Some(child);
        let end = Instant::now() + Duration::from_secs(30);
        while !self
            .command("pg_isready")
            .arg("-h")
            .arg(self.folder())
            .output()
            .unwrap()
            .status
            .success()
        {
            let log = || std::fs::read_to_string(self.folder().join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "PostgreSQL does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it as a crash does (`pg_ctl stop -m immediate`).
    pub fn crash(&self) {
        let Some(mut keeper) = self.keeper.lock().unwrap().take() else { return };
        keeper.stdin.take().unwrap().write_all(b"\n").unwrap();
        keeper.wait().unwrap();
    }

    /// A PgBouncer before it that pools transactions, and the address of a database by way of it;
    /// none where PgBouncer is not installed.
    pub fn pooled(&self, database: &str) -> Option<(Child, String)> {
        let found = Command::new("pgbouncer").arg("--version").output();
        if !found.is_ok_and(|it| it.status.success()) {
            eprintln!("PASSED OVER, needs PgBouncer: no pgbouncer here");
            return None;
        }
        let folder = self.folder().join(format!("bouncer-{database}"));
        std::fs::create_dir(&folder).unwrap();
        if let Some((_, uid, gid)) = &self.user {
            chown(&folder, Some(*uid), Some(*gid)).unwrap();
        }
        let (config, here) = (folder.join("pgbouncer.ini"), self.folder().display());
        let text = format!(
            "[databases]\n* = host={here} user=callboard\n[pgbouncer]\nlisten_addr =\n\
             unix_socket_dir = {}\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = 6\nmax_client_conn = 200\n",
            folder.display()
        );
        std::fs::write(&config, text).unwrap();
        let program = which("pgbouncer");
        let bouncer = self.command_of(&program);
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(bouncer.get_program()).args(bouncer.get_args());
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let keeper = keeper.arg(&config).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let keeper = keeper.spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        while !folder.join(".s.PGSQL.6432").exists() {
            let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "PgBouncer does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        let url = format!(
            "postgres://callboard@localhost:6432/{database}?host={}&pooler=transaction",
            folder.display()
        );
        Some((keeper, url))
    }

    /// Runs SQL; what it prints, unaligned.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = self.command("psql");
        psql.arg("-h").arg(self.folder()).args(["-U", "callboard", "-d", database, "-XAtq"]);
        let done = psql.args(["-v", "ON_ERROR_STOP=1", "-c", sql]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// A new, empty database's name.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        name
    }

    /// Its address.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://callboard@localhost/{database}?host={}", self.folder().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

//! A copy of a journal in a file, taken while a hub works on it, and the way back.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{
    StoreError,
    check::{CheckError, Checked, check},
    sqlite::{FILE, LOCK, owner_only},
};

/// Why a backup was not made or not put back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something already where it would go.
    #[error("{0} is there already; give another name, nothing is overwritten")]
    Exists(PathBuf),
    /// There is a journal that would be replaced.
    #[error("there is a journal in {0} already; say --replace to put this one in its place")]
    Occupied(PathBuf),
    /// The copy is not sound.
    #[error("{path} is not sound ({what}); it was not used")]
    Unsound {
        /// Which.
        path: PathBuf,
        /// The first thing that is wrong.
        what: String,
    },
    /// It can't be read.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// A file can't be written.
    #[error("{path} can't be written: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Journal(error.into())
    }
}

/// Copies the journal in `folder` to `file`, as it was at one moment, also while a hub works on it,
/// and looks the copy over. Readable by its owner alone.
///
/// # Errors
/// When there is no journal, `file` exists, or the copy can't be written or is not sound; then
/// there is no `file`.
pub async fn backup(folder: &Path, file: &Path) -> Result<Checked, BackupError> {
    let journal = folder.join(FILE);
    if !journal.exists() {
        return Err(CheckError::Missing(journal).into());
    }
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let part = beside(file, "part");
    let copied = copy(&journal, &part, file).await;
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    copied
}

async fn copy(journal: &Path, part: &Path, file: &Path) -> Result<Checked, BackupError> {
    // Made by us first, so that nobody else can read it for a moment; SQLite takes an empty file.
    let made = File::create(part).and_then(|made| owner_only(&made));
    made.map_err(|source| written(part, source))?;
    let options = SqliteConnectOptions::new().filename(journal).read_only(true);
    let mut connection = options.disable_statement_logging().connect().await?;
    let target = part.to_str().map(ToOwned::to_owned).unwrap_or_default();
    sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await?;
    let _ = connection.close().await;
    let checked = sound(part).await?;
    settle(part, file)?;
    Ok(checked)
}

/// Puts the copy in `file` in the place of the journal in `folder`. The one that was there stays
/// beside it, under the name that is returned.
///
/// # Errors
/// When a hub has the journal, the copy is not sound or newer than this program, there is a journal
/// and `replace` is not said, or a file can't be written. Then the journal is as it was.
pub async fn restore(
    file: &Path,
    folder: &Path,
    replace: bool,
) -> Result<(Checked, Option<PathBuf>), BackupError> {
    let checked = sound(file).await?;
    std::fs::create_dir_all(folder).map_err(|source| written(folder, source))?;
    let lock_file = folder.join(LOCK);
    let lock = File::create(&lock_file).map_err(|source| written(&lock_file, source))?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => BackupError::Journal(StoreError::InUse(folder.to_owned())),
        TryLockError::Error(source) => written(&lock_file, source),
    })?;
    let journal = folder.join(FILE);
    if journal.exists() && !replace {
        return Err(BackupError::Occupied(folder.to_owned()));
    }
    let part = beside(&journal, "part");
    std::fs::copy(file, &part)
        .and_then(|_| File::options().append(true).open(&part))
        .and_then(|made| owner_only(&made))
        .map_err(|source| written(&part, source))?;
    let aside = set_aside(&journal)?;
    settle(&part, &journal)?;
    Ok((checked, aside))
}

/// Moves a journal, with what SQLite keeps beside it, out of the way.
fn set_aside(journal: &Path) -> Result<Option<PathBuf>, BackupError> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let aside = beside(journal, &format!("replaced-{now}"));
    // The write-ahead log goes first: it must never meet a database it does not belong to.
    let mut moved = None;
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (with_ending(journal, ending), with_ending(&aside, ending));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|source| written(&from, source))?;
            moved = Some(to);
        }
    }
    Ok(moved)
}

/// The journal in `file`, looked over.
async fn sound(file: &Path) -> Result<Checked, BackupError> {
    let checked = check(file).await?;
    match checked.faults.first() {
        None => Ok(checked),
        Some(fault) => {
            Err(BackupError::Unsound { path: file.to_owned(), what: fault.what.clone() })
        }
    }
}

/// Gives a file its name once all of it is on disk.
fn settle(part: &Path, file: &Path) -> Result<(), BackupError> {
    let on_disk = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    on_disk(part)
        .and_then(|()| std::fs::rename(part, file))
        .and_then(|()| match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) if cfg!(unix) => on_disk(folder),
            _ => Ok(()),
        })
        .map_err(|source| written(file, source))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    with_ending(file, &format!(".{ending}"))
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn written(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}

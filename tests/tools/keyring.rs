//! Secrets in the system's keyring, asked with the tool that comes with it.

use std::{os::unix::fs::PermissionsExt, path::Path};

use super::{callboard, complaint, printed};

const CONFIG: &str = r#"
[[operators]]
name = "Ann"
role = "dispatcher"
token = "keyring:ann"
"#;

/// A `secret-tool` that knows one entry and nothing else.
fn tool(folder: &Path, script: &str) {
    let path = folder.join("secret-tool");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_secret_comes_from_the_keyring_or_a_sentence_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let config = config.to_str().unwrap();
    let path = folder.path().to_str().unwrap();
    let ask = || callboard(&["--config", config, "config"], &[("PATH", path)]);
    // Nobody there to ask.
    let said = complaint(&ask());
    assert!(
        said.contains("keyring:ann gives no secret: this machine has no secret-tool"),
        "{said}"
    );
    // Nothing serves the keyring, as on a machine without a desktop.
    tool(
        folder.path(),
        "echo 'secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY' >&2; exit 1",
    );
    let said = complaint(&ask());
    assert!(said.contains("Cannot autolaunch D-Bus") && said.contains("file:/path"), "{said}");
    // It is not in it.
    tool(folder.path(), "exit 1");
    let said = complaint(&ask());
    assert!(said.contains("secret-tool store --label=Callboard callboard ann"), "{said}");
    tool(folder.path(), "[ \"$*\" = 'lookup callboard ann' ] && printf 'a-token-of-16-or-more'");
    let shown = printed(&ask());
    assert!(shown.contains("keyring:ann") && !shown.contains("a-token-of"), "{shown}");
}

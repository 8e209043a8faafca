#!/bin/sh
# Builds the program for a release, and what goes with it into a package: target/package/.
set -eu
cd "$(dirname "$0")/.."
cargo build --locked --profile dist --bin callboard
program=target/dist/callboard
mkdir -p target/package
"$program" manpages target/package/man
"$program" completions bash > target/package/callboard.bash
"$program" completions zsh > target/package/_callboard
"$program" completions fish > target/package/callboard.fish

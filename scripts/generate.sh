#!/usr/bin/env bash
# Writes the committed generated files anew: completions/ and man/.  A test compares them.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet
wwctl=${CARGO_TARGET_DIR:-target}/debug/wwctl
mkdir -p completions man
"$wwctl" completions bash > completions/wwctl.bash
"$wwctl" completions zsh > completions/_wwctl
"$wwctl" completions fish > completions/wwctl.fish
"$wwctl" completions powershell > completions/_wwctl.ps1
rm -f man/*.1
"$wwctl" man man

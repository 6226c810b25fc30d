#!/usr/bin/env bash
# Builds the plugin, loads it into a Suricata of its own (see setup.sh), and runs it on captures.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$(cd ../.. && pwd)
cache=${FIELDTAP_SURICATA:-$HOME/.cache/fieldtap-suricata}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}/suricata-plugin

mkdir -p "$(dirname "$cache")"
cargo test --locked
if ! root=$(test/setup.sh 2> "$cache.why" || { cat "$cache.why" >&2; exit 3; }); then
  echo "SKIPPED: the plugin in a running Suricata: $(tail -n 1 "$cache.why")"
  exit 0
fi
cargo build --locked --release
fieldtap=${FIELDTAP:-$top/.venv/bin/fieldtap}
if [ ! -x "$fieldtap" ]; then
  (cd "$top" && CARGO_TARGET_DIR=${CARGO_TARGET_DIR%/suricata-plugin} cargo build --locked -p fieldtap-cli)
  fieldtap=${CARGO_TARGET_DIR%/suricata-plugin}/debug/fieldtap
fi
exec python3 test/run.py --root "$root" --fieldtap "$fieldtap" \
  --plugin "$CARGO_TARGET_DIR/release/libfieldtap_suricata.so" "$@"

#!/usr/bin/env bash
# Builds the command so that it counts where it goes, lets it read the corpus in each way it can, and writes what it counted:
# the profile that `make release` optimises by.
#
#   benches/profile.sh OUT.profdata
#
# It needs llvm-profdata of the toolchain that compiles (`rustup component add llvm-tools`).
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "$1")
host=$(rustc -vV | sed -n 's/^host: //p')
profdata=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
if [ ! -x "$profdata" ]; then
  rustup component add llvm-tools
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# With a target named, what runs while building (build scripts, macros) is not counted.
target=${CARGO_TARGET_DIR:-target}
RUSTFLAGS="-Cprofile-generate" cargo build --quiet --release --locked -p fieldtap-cli --target "$host"
fieldtap=$target/$host/release/fieldtap
export LLVM_PROFILE_FILE=$folder/raw/%m.profraw

count() {
  "$fieldtap" dissect --threads 1 --count "$@" >/dev/null
}
# Most of what is counted: messages of one protocol, then of all in turn, as plants send them.
for protocol in modbus dnp3 s7comm iec104 mms c37118 goose sv; do
  benches/mix.py "$folder/$protocol.pcap" --size-mb 8 --protocol "$protocol" >/dev/null
  count --tables messages "$folder/$protocol.pcap"
done
benches/mix.py "$folder/mix.pcap" --size-mb 24 >/dev/null
count --tables messages "$folder/mix.pcap"
count "$folder/mix.pcap"
rm "$folder"/*.pcap

# What writes, of less: each row costs more.
benches/mix.py "$folder/mix.pcap" --size-mb 3 >/dev/null
for format in jsonl csv zeek eve parquet; do
  "$fieldtap" dissect --threads 1 --every-message --format "$format" --output "$folder/$format" "$folder/mix.pcap" >/dev/null
done
"$fieldtap" dissect --threads 1 --format zeek --profile icsnpp --output "$folder/icsnpp" "$folder/mix.pcap" >/dev/null
# What joins the rows of several threads: what is never seen is laid out as if it were never needed.
for format in jsonl csv parquet; do
  "$fieldtap" dissect --threads 2 --every-message --format "$format" --output "$folder/joined" "$folder/mix.pcap" >/dev/null
done
"$fieldtap" summary "$folder/mix.pcap" >/dev/null
# What is rare: protocols that the mix has not, and what stacks send when something is wrong.
find corpus -name '*.pcap*' ! -name 'broken_*' -print0 | sort -z | while IFS= read -r -d '' capture; do
  count "$capture"
done

mkdir -p "$(dirname "$out")"
"$profdata" merge --sparse --output "$out" "$folder/raw"

#!/usr/bin/env bash
# Times the command beside tshark and ndpiReader on the same captures in one run, and prints ratios.
#
#   benches/beside.sh CAPTURE...        each capture: best of three, one core, warm cache
#
# Without a capture it takes the corpus' demo capture, which is too small to say much. Peers that are not installed are
# left out (Debian: tshark, libndpi-bin, tcpdump).
set -euo pipefail
cd "$(dirname "$0")/.."
captures=("$@")
[ ${#captures[@]} -gt 0 ] || captures=(corpus/demo.pcapng)
fieldtap=${FIELDTAP:-}
if [ -z "$fieldtap" ]; then
  cargo build --quiet --release -p fieldtap-cli
  fieldtap=${CARGO_TARGET_DIR:-target}/release/fieldtap
fi
rounds=${ROUNDS:-3}
one="taskset -c 0"
command -v taskset >/dev/null || one=""

# Best wall time of some rounds, in seconds, and the largest resident set of them, in MB.
best() {
  python3 - "$rounds" "$@" <<'PY'
import os, resource, subprocess, sys, time
rounds, command = int(sys.argv[1]), sys.argv[2:]
times = []
for _ in range(rounds):
    start = time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    times.append(time.perf_counter() - start)
    if code:
        sys.exit(f"{command[0]} exits {code}")
print(f"{min(times):.4f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.1f}")
PY
}

machine=$(awk -F: '/model name/ {print $2; exit}' /proc/cpuinfo 2>/dev/null || true)
printf '%s; %s cores; %s\n' "$(uname -sm)" "$(nproc)" "${machine# }"
"$fieldtap" --version
command -v tshark >/dev/null && tshark --version 2>/dev/null | head -n 1
command -v ndpiReader >/dev/null && ndpiReader -h 2>&1 | grep -m 1 -o 'nDPI [0-9.a-z-]*' || true

for capture in "${captures[@]}"; do
  printf '\n%s (%s octets)\n' "$capture" "$(stat -c %s "$capture")"
  cat "$capture" >/dev/null
  names=() times=() sizes=()
  run() {
    local name=$1 result
    shift
    result=$(best $one "$@") || { printf '  %-44s failed\n' "$name"; return; }
    names+=("$name") times+=("${result% *}") sizes+=("${result#* }")
  }
  run "dissect --count --tables messages" "$fieldtap" dissect --count --tables messages --threads 1 "$capture"
  run "dissect --count (common language too)" "$fieldtap" dissect --count --threads 1 "$capture"
  run "dissect --format jsonl" "$fieldtap" dissect --threads 1 "$capture"
  run "dissect --format jsonl --every-message" "$fieldtap" dissect --every-message --threads 1 "$capture"
  run "summary" "$fieldtap" summary --threads 1 "$capture"
  command -v tcpdump >/dev/null && run "tcpdump -w /dev/null (only reads)" tcpdump -r "$capture" -w /dev/null
  command -v ndpiReader >/dev/null && run "ndpiReader -q" ndpiReader -q -i "$capture"
  command -v tshark >/dev/null && run "tshark -q -z io,phs" tshark -q -z io,phs -r "$capture"
  if command -v tshark >/dev/null && [ -n "${TSHARK_JSON:-}" ]; then
    run "tshark -T json" tshark -T json -r "$capture"
  fi
  python3 - "${names[@]}" -- "${times[@]}" -- "${sizes[@]}" <<'PY'
import sys
groups, rest = [], []
for word in sys.argv[1:]:
    if word == "--":
        groups.append(rest)
        rest = []
    else:
        rest.append(word)
groups.append(rest)
names, times, sizes = groups[0], [float(t) for t in groups[1]], groups[2]
base = times[0]
for name, seconds, size in zip(names, times, sizes):
    print(f"  {name:44} {seconds:9.3f} s {seconds / base:9.2f} x {size:>9} MB")
PY
done

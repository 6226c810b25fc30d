#!/bin/sh
# Builds the fuzz targets, makes their seeds, runs each for a number of executions or seconds, and says what came of it.
#
#   fuzz/run.sh [--runs N | --seconds N] [TARGET...]
#
# Without targets, all. Ends with 1 where a target has a finding, and names the input that showed it.
#
#   FIELDTAP_FUZZ_TARGET_DIR   where it is built: ~/.cache/fieldtap-fuzz-target
#   FIELDTAP_FUZZ_SANITIZER    none, or address (wants a nightly toolchain): none
#   FIELDTAP_FUZZ_JOBS         targets that run at the same time: 1
#   FIELDTAP_FUZZ_SEED         what libFuzzer's chance begins with: another one each time
set -eu

usage() {
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    exit "$1"
}

unit=seconds
amount=60
while [ $# -gt 0 ]; do
    case $1 in
        --runs | --seconds)
            unit=${1#--}
            amount=${2:-}
            case $amount in '' | *[!0-9]*) usage 2 ;; esac
            shift 2
            ;;
        -h | --help) usage 0 ;;
        -*) usage 2 ;;
        *) break ;;
    esac
done

home=$(cd "$(dirname "$0")" && pwd)
tools=$HOME/.cache/fieldtap-tools
target_dir=${FIELDTAP_FUZZ_TARGET_DIR:-$HOME/.cache/fieldtap-fuzz-target}
sanitizer=${FIELDTAP_FUZZ_SANITIZER:-none}
PATH=$PATH:$tools/bin
export PATH

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "installing cargo-fuzz into $tools"
    cargo install --quiet --locked --debug --root "$tools" cargo-fuzz --version '^0.13'
fi

cd "$home"
# Coverage instrumentation needs flags that the stable compiler keeps to itself.
echo "building the targets in $target_dir"
RUSTC_BOOTSTRAP=1 cargo fuzz build --fuzz-dir . --sanitizer "$sanitizer" --target-dir "$target_dir"
echo "making seeds"
cargo run --quiet --target-dir "$target_dir" --example seeds >/dev/null

host=$(rustc -vV | sed -n 's/^host: //p')
[ $# -gt 0 ] || set -- $(cargo fuzz list --fuzz-dir .)
mkdir -p logs

# Runs one target; its last line goes into the table.
run() {
    target=$1
    binary=$target_dir/$host/release/$target
    if [ ! -x "$binary" ]; then
        echo "there is no target $target" >&2
        return 2
    fi
    mkdir -p "corpus/$target" "artifacts/$target" "regressions/$target"
    case $target in
        capture | whole_capture | engine) longest=16384 ;;
        *) longest=4096 ;;
    esac
    set -- -max_len=$longest -len_control=20 -timeout="${FIELDTAP_FUZZ_TIMEOUT:-5}" -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        "-artifact_prefix=artifacts/$target/"
    case $unit in
        runs) set -- "$@" "-runs=$amount" ;;
        seconds) set -- "$@" "-max_total_time=$amount" ;;
    esac
    [ -z "${FIELDTAP_FUZZ_SEED:-}" ] || set -- "$@" "-seed=$FIELDTAP_FUZZ_SEED"
    dictionary=dictionaries/${target%_*}.dict
    [ ! -s "$dictionary" ] || set -- "$@" "-dict=$dictionary"
    status=0
    RUST_BACKTRACE=1 "$binary" "$@" "corpus/$target" "regressions/$target" >"logs/$target" 2>&1 || status=$?
    rmdir "regressions/$target" 2>/dev/null || true
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "logs/$target" | tail -n 1)
    speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "logs/$target" | tail -n 1)
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "logs/$target" | tail -n 1)
    # Less than a second says nothing of the speed.
    [ "$speed" != 0 ] || speed=-
    result=none
    if [ $status -ne 0 ]; then
        result=$(sed -n 's/.*Test unit written to //p' "logs/$target" | tail -n 1)
        result="fuzz/${result:-logs/$target}"
    fi
    printf '%-24s %12s %10s %10s  %s\n' "$target" "${count:-?}" "${speed:-?}" "${coverage:-?}" "$result"
    return $status
}

printf '%-24s %12s %10s %10s  %s\n' target executions each/s coverage finding
rm -f logs/*.failed
jobs=${FIELDTAP_FUZZ_JOBS:-1}
running=0
for target; do
    (run "$target" || : >"logs/$target.failed") &
    running=$((running + 1))
    if [ $running -ge "$jobs" ]; then
        wait
        running=0
    fi
done
wait
# An input that costs more than 50 times as much for each octet as the seeds do is a finding too.
cargo run --quiet --target-dir "$target_dir" --example slow -- "$@" || : >logs/slow.failed
if ls logs/*.failed >/dev/null 2>&1; then
    echo 'there are findings: the log of each is in fuzz/logs/, README.md says how to repeat one' >&2
    exit 1
fi

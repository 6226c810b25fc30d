#!/bin/sh
# A short run of every fuzz target, the same each time: every seed, then some thousand inputs made from them.
set -eu
FIELDTAP_FUZZ_SEED=${FIELDTAP_FUZZ_SEED:-1}
export FIELDTAP_FUZZ_SEED
exec "$(dirname "$0")/run.sh" --runs "${1:-10000}"

#!/usr/bin/env bash
# What the plugin costs: Suricata without it, with it, with a rule, and with events, on one capture, in turn, the least user
# and system time of so many runs, on one core. Usage: cost.sh CAPTURE [RUNS [MODBUS]]; CARGO_TARGET_DIR as for run.sh.
#
# MODBUS is a capture of Modbus, for a yardstick: what Suricata's own parser of it costs, without and with its events.
#
# Without, loaded: alerts alone in EVE, no rules, so that nobody asks the plugin for anything. Then one rule; events of two
# tables; all events. As shipped: the suricata.yaml of the package, without and with the plugin.
set -euo pipefail
capture=$1 runs=${2:-3} modbus=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$("$here/setup.sh")
cache=${FIELDTAP_SURICATA:-$HOME/.cache/fieldtap-suricata}
plugin=${PLUGIN:-${CARGO_TARGET_DIR:-$cache/target}/suricata-plugin/release/libfieldtap_suricata.so}
work=$root/cost
rm -rf "$work"; mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
cp "$plugin" "$work/plugin.so"
ln "$capture" "$work/in.pcap" 2>/dev/null || cp "$capture" "$work/in.pcap"
cat > "$work/suricata.yaml" <<'YAML'
%YAML 1.1
---
outputs:
  - eve-log: { enabled: yes, filename: /dev/null, types: [alert, fieldtap] }
logging:
  default-log-level: warning
flow: { memcap: 1gb, prealloc: 10000 }
stream: { memcap: 1gb, midstream: true, reassembly: { memcap: 1gb } }
YAML
sed 's/, fieldtap\]/]/' "$work/suricata.yaml" > "$work/quiet.yaml"
own() { echo "app-layer: { protocols: { modbus: { enabled: $1, detection-ports: { dp: 502 } } } }"; }
{ cat "$work/quiet.yaml"; own no; } > "$work/own-off.yaml"
{ cat "$work/quiet.yaml"; own yes; } > "$work/own-parser.yaml"
{ sed 's/fieldtap\]/modbus]/' "$work/suricata.yaml"; own yes; } > "$work/own-events.yaml"
mkdir "$work/log"
: > "$work/none"
echo 'alert ip any any -> any any (msg:"control"; fieldtap.operation:control; sid:1;)' > "$work/one"
once() {
  /usr/bin/time -f '%U %S %M' taskset -c "${CORE:-1}" chroot "$root" suricata -r "/cost/$in" -l /cost/log -k none \
    --runmode single --set stream.midstream=true "$@" 2>&1 >/dev/null | tail -n 1
  rm -rf "${work:?}/log/"*
}
load=(--set plugins.0=/cost/plugin.so)
declare -A best peak
kinds="without loaded rule operations events shipped shipped-loaded"
if [ -n "$modbus" ]; then
  kinds="$kinds own-off own-parser own-events"
  cp "$modbus" "$work/modbus.pcap"
fi
for _ in $(seq "$runs"); do
  for kind in $kinds; do
    in=in.pcap
    case $kind in
      own-*) in=modbus.pcap; told=$(once -c "/cost/$kind.yaml" -S /cost/none) ;;
      without) told=$(once -c /cost/quiet.yaml -S /cost/none) ;;
      loaded) told=$(once -c /cost/quiet.yaml -S /cost/none "${load[@]}") ;;
      rule) told=$(once -c /cost/quiet.yaml -S /cost/one "${load[@]}") ;;
      operations) told=$(once -c /cost/suricata.yaml -S /cost/none "${load[@]}" --set fieldtap.tables=operations,anomalies) ;;
      events) told=$(once -c /cost/suricata.yaml -S /cost/none "${load[@]}") ;;
      shipped) told=$(once -c /etc/suricata/suricata.yaml) ;;
      shipped-loaded) told=$(once -c /etc/suricata/suricata.yaml "${load[@]}") ;;
    esac
    read -r user system memory <<< "$told"
    seconds=$(echo "$user + $system" | bc)
    if [ -z "${best[$kind]:-}" ] || [ "$(echo "$seconds < ${best[$kind]}" | bc)" = 1 ]; then best[$kind]=$seconds; fi
    peak[$kind]=$memory
  done
done
for kind in $kinds; do
  base=without
  [[ $kind == shipped* ]] && base=shipped
  [[ $kind == own-* ]] && base=own-off
  printf '%-14s %6.2f s  %5d MiB  %4.2f\n' "$kind" "${best[$kind]}" $((peak[$kind] / 1024)) \
    "$(echo "scale=3; ${best[$kind]} / ${best[$base]}" | bc)"
done

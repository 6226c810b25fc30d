#!/bin/sh
# Makes every capture of the corpus again, in a network namespace of its own, so that nothing of the machine's
# own traffic, addresses or settings gets into the files. Wants root, tcpdump, tshark, gcc, libmodbus-dev, curl,
# openssl, ssh and zstd. The Python environment lives outside the tree: FIELDTAP_CORPUS_VENV.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${FIELDTAP_CORPUS_VENV:-${TMPDIR:-/tmp}/fieldtap-corpus-venv}

if [ "${1:-}" != inside ]; then
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    exec unshare --net "$0" inside "$@"
fi
shift

ip link set lo mtu 1500 up
for host in 5 10 11 12 13 14 15 20 30 31 66; do ip address add "10.20.1.$host/24" dev lo; done
sysctl --quiet net.ipv4.tcp_max_tw_buckets=0 net.ipv4.tcp_slow_start_after_idle=0

cd "$here"
scripts="modbus_pymodbus modbus_libmodbus modbus_raw c37118_source s7comm_snap7 dnp3_opendnp3 dnp3_dnp3py
  iec61850_libiec61850 mms_libiec61850 layer2_raw iec104_c104 serial_rtac demo make_frames check"
for script in "${@:-$scripts}"; do
    for name in $script; do
        echo "== $name"
        "$venv/bin/python" "$name.py"
    done
done

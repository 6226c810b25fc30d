#!/usr/bin/env bash
# Puts Suricata 8 into a folder: Debian sid with the package, by debootstrap. Prints the folder. Wants root, and the mirror
# of the system's own apt. Exits with 3, and says why, where it cannot.
set -euo pipefail
cache=${FIELDTAP_SURICATA:-$HOME/.cache/fieldtap-suricata}
root=$cache/sid
cannot() { echo "$*" >&2; exit 3; }

if [ ! -e "$root/ready" ]; then
  [ "$(id -u)" = 0 ] || cannot "it takes root"
  command -v apt-get >/dev/null || cannot "it takes apt"
  if ! command -v debootstrap >/dev/null; then
    { timeout 300 apt-get update -q && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -q debootstrap; } \
      >/dev/null 2>&1 ||
      cannot "debootstrap cannot be installed"
  fi
  mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian //p' | sort -u | head -1)
  [ -n "$mirror" ] || cannot "apt names no mirror of Debian"
  rm -rf "$root"
  mkdir -p "$cache"
  echo "Suricata is set up in $root" >&2
  timeout 900 debootstrap --variant=minbase --include=suricata sid "$root" "$mirror" > "$cache/debootstrap.log" 2>&1 ||
    cannot "debootstrap failed, see $cache/debootstrap.log"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  touch "$root/ready"
fi
version=$(chroot "$root" suricata -V 2>/dev/null | sed -n 's/.*version \([0-9.]*\).*/\1/p')
case $version in
  8.0.*) echo "$root" ;;
  *) cannot "the mirror has Suricata $version, and the plugin is for 8.0; remove $root to try again" ;;
esac

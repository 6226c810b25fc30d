#!/usr/bin/env python3
"""Counts the instructions of each stage and protocol, and compares them with those of `benches/instructions.tsv`.

    benches/instructions.py             # fails where one costs more than 3 % more than it did
    benches/instructions.py --refresh   # writes the file anew: commit it with the change that explains it

Counts depend on the compiler, so the file names the one it was made with. With another one, and without valgrind,
nothing is compared, and that is said.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "benches/instructions.tsv"
TOOLS = Path.home() / ".cache/fieldtap-tools"
# A change that costs more than this share fails.
TOLERANCE = 0.03


def compiler() -> str:
    """Version and machine of the compiler."""
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    words = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    return f"rustc {words['release']} {words['host']}"


def runner() -> str:
    """The runner of the version that the lock file has; installs it where it is missing."""
    lock = (ROOT / "Cargo.lock").read_text()
    found = re.search(r'name = "gungraun-runner"\nversion = "([^"]+)"', lock)
    if found is None:
        raise SystemExit("Cargo.lock names no gungraun-runner")
    version = found.group(1)
    path = TOOLS / "bin/gungraun-runner"
    listed = subprocess.run(["cargo", "install", "--list", "--root", TOOLS], capture_output=True, text=True, check=True)
    if f"gungraun-runner v{version}:" not in listed.stdout:
        print(f"installing gungraun-runner {version} into {TOOLS}", file=sys.stderr)
        command = [
            "cargo",
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "--root",
            TOOLS,
            "gungraun-runner",
            "--version",
            version,
        ]
        if subprocess.run(command, check=False).returncode:
            print("skipped: gungraun-runner cannot be installed")
            raise SystemExit(0)
    return str(path)


def count() -> dict[str, int]:
    """Runs the benchmarks."""
    environment = os.environ | {"GUNGRAUN_RUNNER": runner(), "GUNGRAUN_COLOR": "never"}
    command = ["cargo", "bench", "--quiet", "-p", "fieldtap-benches", "--bench", "instructions"]
    said = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    counts: dict[str, int] = {}
    name = ""
    for line in said.splitlines():
        if head := re.match(r"instructions::(?:\w+::)*(\w+) (\w+):(.*)$", line):
            function, case, argument = head.groups()
            # One that is given by the registry is named by it, wherever it stands there.
            given = re.search(r'"(\w+)"', argument)
            name = f"{function}/{given.group(1) if case.startswith('vectors') and given else case}"
        elif found := re.match(r"\s+Instructions:\s+(\d+)", line):
            counts[name] = int(found.group(1))
    if not counts:
        raise SystemExit(f"no counts in what gungraun says:\n{said}")
    return counts


def read() -> tuple[str, dict[str, int]]:
    """The compiler and the counts of the file."""
    head, *rows = FILE.read_text().splitlines()
    counts = dict(row.split("\t") for row in rows)
    return head.removeprefix("# "), {name: int(number) for name, number in counts.items()}


def compare(before: dict[str, int], now: dict[str, int]) -> bool:
    """Prints what changed by more than a tenth of the tolerance; false where something costs too much more."""
    sound = True
    for name in sorted(before | now):
        if name not in now or name not in before:
            print(f"{name}: {'gone' if name not in now else 'new'}; refresh {FILE.relative_to(ROOT)}")
            sound = False
            continue
        change = now[name] / before[name] - 1
        if change > TOLERANCE:
            print(f"{name}: {now[name]:,} instructions, {before[name]:,} before: {change:+.1%} is too much")
            sound = False
        elif abs(change) > TOLERANCE / 10:
            print(f"{name}: {now[name]:,} instructions, {before[name]:,} before: {change:+.1%}")
    print(f"{len(now)} counts compared, {TOLERANCE:.0%} allowed")
    return sound


def main() -> None:
    """Compares, or writes the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refresh", action="store_true", help="write the file anew")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("skipped: instructions are not counted, since valgrind is not installed")
        return
    ours = compiler()
    if options.refresh:
        counts = count()
        FILE.write_text(f"# {ours}\n" + "".join(f"{name}\t{counts[name]}\n" for name in sorted(counts)))
        print(f"{FILE.relative_to(ROOT)}: {len(counts)} counts")
        return
    if not FILE.exists():
        print(f"skipped: there is no {FILE.relative_to(ROOT)} yet; `make instructions-refresh` writes it")
        return
    theirs, before = read()
    if ours != theirs:
        print(f"skipped: instructions are not compared, since {FILE.name} was made with {theirs}, and this is {ours}")
        return
    if not compare(before, count()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Lines of the core that its tests and the fuzz targets run, for each protocol and part.

    fuzz/coverage.py            # tests of the core, every target over its corpus; writes the table into docs/src/coverage.md
    fuzz/coverage.py --lines    # also prints the lines that nothing runs

It builds with the coverage of the stable compiler in a folder of its own (FIELDTAP_COVERAGE_TARGET_DIR, by default
~/.cache/fieldtap-coverage-target), and reads the result with the tools of the toolchain (`rustup component add
llvm-tools`). Lines of tests are not counted.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core/src"
PAGE = ROOT / "docs/src/coverage.md"
BEGIN, END = "<!-- coverage: written by `make coverage` -->", "<!-- end of coverage -->"
# Files of the core that are tests themselves.
TESTS = {"tests.rs", "testing.rs", "others.rs"}


def tools() -> Path:
    """Where the toolchain keeps llvm-cov and llvm-profdata."""
    sysroot = subprocess.run(
        ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True
    ).stdout.strip()
    found = next(Path(sysroot).glob("lib/rustlib/*/bin/llvm-cov"), None)
    if found is None:
        print("skipped: coverage needs `rustup component add llvm-tools`")
        raise SystemExit(0)
    return found.parent


def built(command: list[str], environment: dict[str, str]) -> list[str]:
    """Builds; returns the executables."""
    said = subprocess.run(
        [*command, "--message-format=json"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    messages = (
        json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")
    )
    return [message["executable"] for message in messages if message.get("executable")]


def lcov(folder: Path) -> str:
    """What the tests of the core and the fuzz targets ran."""
    bin_folder = tools()
    profiles = folder / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    for old in profiles.glob("*.profraw"):
        old.unlink()
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(folder),
        "CARGO_INCREMENTAL": "0",
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_PROFILE_RELEASE_INCREMENTAL": "false",
        "RUSTFLAGS": "-C instrument-coverage",
        "LLVM_PROFILE_FILE": str(profiles / "%p-%m.profraw"),
    }
    tests = ["cargo", "test", "--tests", "-p", "fieldtap"]
    # The targets are run without a fuzzer, and optimised: so all inputs take seconds.
    replay = ["--release", "--manifest-path", "fuzz/Cargo.toml", "--example", "replay"]
    executables = built([*tests, "--no-run"], environment)
    executables += built(["cargo", "build", *replay], environment)
    for command in (tests, [executables[-1]]):
        subprocess.run(
            command, cwd=ROOT, env=environment, stdout=sys.stderr, check=True
        )
    merged = folder / "merged.profdata"
    raw = [str(path) for path in profiles.glob("*.profraw")]
    subprocess.run(
        [bin_folder / "llvm-profdata", "merge", "--sparse", "-o", merged, *raw],
        check=True,
    )
    objects = [
        word for executable in executables[1:] for word in ("--object", executable)
    ]
    exported = subprocess.run(
        [bin_folder / "llvm-cov", "export", "--format=lcov", f"--instr-profile={merged}", executables[0], *objects,
         "--sources", CORE],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return exported.stdout


def test_lines(path: Path) -> set[int]:
    """Lines of the test modules inside a file: from their attribute to the brace that closes them."""
    lines = path.read_text().splitlines()
    found: set[int] = set()
    for number, line in enumerate(lines, 1):
        if line.strip() != "#[cfg(test)]":
            continue
        indent = line[: len(line) - len(line.lstrip())]
        end = number + 1
        if lines[number].rstrip().endswith("{"):
            end = next(
                place
                for place in range(number + 1, len(lines) + 1)
                if lines[place - 1] == indent + "}"
            )
        found.update(range(number, end + 1))
    return found


def counts(text: str) -> dict[Path, dict[int, int]]:
    """How often each line ran, by file of the core."""
    lines: dict[Path, dict[int, int]] = {}
    current: dict[int, int] = {}
    for record in text.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            path = Path(value)
            current = {}
            if (
                CORE in path.parents
                and path.name not in TESTS
                and "tests" not in path.relative_to(CORE).parts
            ):
                lines[path] = current
        elif kind == "DA":
            number, count = (int(word) for word in value.split(",")[:2])
            current[number] = max(current.get(number, 0), count)
    return {
        path: {number: count for number, count in found.items() if number not in tests}
        for path, found in lines.items()
        for tests in [test_lines(path)]
    }


def part(path: Path) -> str:
    """The protocol, or the part of the core, that a file belongs to."""
    words = path.relative_to(CORE).parts
    if words[0] == "protocols" and len(words) > 2:
        return f"protocol `{words[1]}`"
    return f"`{words[0].removesuffix('.rs')}`"


def ranges(numbers: list[int]) -> str:
    """Numbers, those that follow each other as a range."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(
        str(first) if first == last else f"{first}-{last}" for first, last in found
    )


def table(lines: dict[Path, dict[int, int]]) -> list[str]:
    """A row for each part, protocols first, and the sum."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, found in lines.items():
        for name in (part(path), "core in all"):
            sums[name][0] += len(found)
            sums[name][1] += sum(count > 0 for count in found.values())
    rows = ["| Part | Lines | Run | Share |", "|---|---:|---:|---:|"]
    order = sorted(
        sums,
        key=lambda name: (name == "core in all", not name.startswith("protocol"), name),
    )
    for name in order:
        all_lines, run = sums[name]
        rows.append(
            f"| {name} | {all_lines:,} | {run:,} | {100 * run / max(all_lines, 1):.1f} % |"
        )
    return rows


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--lines", action="store_true", help="print the lines that nothing runs"
    )
    parser.add_argument(
        "--from",
        dest="given",
        type=Path,
        help="an lcov file from an earlier run instead of a new one",
    )
    options = parser.parse_args()
    default = Path.home() / ".cache/fieldtap-coverage-target"
    folder = Path(os.environ.get("FIELDTAP_COVERAGE_TARGET_DIR", default))
    text = options.given.read_text() if options.given else lcov(folder)
    if not options.given:
        (folder / "core.lcov").write_text(text)
    lines = counts(text)
    rows = table(lines)
    page = PAGE.read_text()
    written = "\n".join([BEGIN, *rows, END])
    PAGE.write_text(
        re.sub(
            f"{re.escape(BEGIN)}.*{re.escape(END)}",
            lambda _: written,
            page,
            flags=re.DOTALL,
        )
    )
    if options.lines:
        for path in sorted(lines):
            missed = sorted(
                number for number, count in lines[path].items() if count == 0
            )
            if missed:
                print(f"{path.relative_to(ROOT)}: {ranges(missed)}")
    print("\n".join(rows))


if __name__ == "__main__":
    main()

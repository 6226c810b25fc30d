"""The package itself: types, names, the command."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import fieldtap
from fieldtap import _names

PYTHON = Path(__file__).resolve().parents[1]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs this Python."""
    return subprocess.run([sys.executable, *arguments], cwd=PYTHON, capture_output=True, text=True, check=False)


def test_version() -> None:
    """One place says it."""
    assert fieldtap.__version__ == importlib.metadata.version("fieldtap")


def test_no_library_is_needed() -> None:
    """Nothing but the standard library is imported."""
    program = "import sys; before = set(sys.modules); import fieldtap; print(*sorted(set(sys.modules) - before))"
    loaded = {name.split(".")[0] for name in run("-c", program).stdout.split()}
    assert loaded - set(sys.stdlib_module_names) == {"fieldtap"}
    assert importlib.metadata.requires("fieldtap") is not None
    needed = [line for line in importlib.metadata.requires("fieldtap") or [] if "extra ==" not in line]
    assert needed == []


def test_the_names_of_the_types_are_those_of_the_registry() -> None:
    """`cargo xtask stubs` writes them."""
    assert get_args(_names.TableName) == tuple(fieldtap.schema())
    assert get_args(_names.ProtocolName) == tuple(protocol.name for protocol in fieldtap.protocols())


def test_the_stubs_are_what_the_extension_gives() -> None:
    """mypy's stubtest compares them with the package as it is at run time."""
    allowed = PYTHON / "tests" / "stubtest_allowed.txt"
    config = PYTHON / "pyproject.toml"
    done = run("-m", "mypy.stubtest", "fieldtap", "--mypy-config-file", config, "--allowlist", allowed)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types() -> None:
    """The package and its tests pass mypy."""
    done = run("-m", "mypy", "--config-file", PYTHON / "pyproject.toml", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


def test_typed() -> None:
    """Type checkers are told that the package has types."""
    spec = importlib.util.find_spec("fieldtap")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    assert {"py.typed", "_fieldtap.pyi"} <= set(os.listdir(folder))


def test_ruff() -> None:
    """The code is as ruff wants it."""
    assert run("-m", "ruff", "check", ".").returncode == 0
    assert run("-m", "ruff", "format", "--check", ".").returncode == 0


def test_the_command(command: Path) -> None:
    """The same by its name and as a module, with its exit codes."""
    by_name = subprocess.run([command, "protocols"], capture_output=True, text=True, check=True)
    assert "modbus" in by_name.stdout
    assert run("-m", "fieldtap", "protocols").stdout == by_name.stdout
    assert run("-m", "fieldtap", "--version").stdout == f"fieldtap {fieldtap.__version__}\n"
    wrong = run("-m", "fieldtap", "nonsense")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    missing = run("-m", "fieldtap", "dissect", "/nowhere/at-all.pcap")
    assert missing.returncode == 1
    assert "/nowhere/at-all.pcap" in missing.stderr

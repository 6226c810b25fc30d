"""The command `fieldtap`."""

import signal
import sys

from ._fieldtap import command


def main() -> int:
    """Runs the command with the arguments of this process. Returns its exit code."""
    # The command ends on Ctrl-C like any other; the interpreter would only take note of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(["fieldtap", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())

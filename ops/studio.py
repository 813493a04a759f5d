"""`python -m ops.studio doctor`: any command of `studio`, with the settings of `make run`."""

import os
import sys

from ops.settings import SettingsError, build, read_environment


def main() -> int:  # noqa: RET503 - execve does not return
    """Become the command; returns an exit code only if the settings are not fit."""
    try:
        environment = build(read_environment()).environment_of("uac")
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "uac_api.cli", *sys.argv[1:]]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own program


if __name__ == "__main__":
    sys.exit(main())

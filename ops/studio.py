"""The command `studio`: what the UAC API offers, and what needs MLflow's database too.

Installed, it takes its settings from the environment alone. `python -m ops.studio` is the same
with the settings of `make run`.
"""

import os
import sys

import typer

from configuration.settings import SettingsError
from ops.adopt.commands import app as adopt_commands
from ops.backup.commands import app as backup_commands
from ops.restore_drill.commands import app as drill_commands
from ops.run.settings import build, read_environment
from uac_api.cli import app as uac_commands

# They need what the UAC API needs, and MLflow's database too.
BACKUP = ("backup", "restore", "drill", "adopt")

app = typer.Typer(
    help="Commands for operators of ML Studio.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for commands in (uac_commands, backup_commands, drill_commands, adopt_commands):
    app.add_typer(commands)


def main() -> int:
    """Run a command; its exit code, or 2 if the settings are not fit."""
    process = "backup" if sys.argv[1:2] and sys.argv[1] in BACKUP else "uac"
    try:
        environment = build(read_environment()).environment_of(process)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.clear()
    os.environ.update(environment)
    app(prog_name="studio")
    return 0


if __name__ == "__main__":
    sys.exit(main())

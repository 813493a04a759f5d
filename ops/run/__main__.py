"""`make run` starts MLflow, the UAC API and Studio on this machine and keeps them running.

Exit codes: 0 stopped as asked, 1 something failed while starting, 2 the settings are wrong.
"""

import asyncio
import fcntl
import os
import secrets
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TextIO

from configuration.settings import SettingsError
from ops.run import ports
from ops.run.child import Service, command_words, read_procfile
from ops.run.processes import StartFailed, Supervisor
from ops.run.settings import ROOT, Settings, build, read_environment, read_ports
from ops.run.terminal import Terminal
from ops.run.welcome import show_welcome
from ops.server.secret_files import private_folder, read_or_create

START_SECONDS = 180.0
HEALTH = {
    "mlflow": ("MLFLOW_PORT", "/health"),
    "uac": ("UAC_PORT", "/readyz"),
    "studio": ("STUDIO_PORT", "/_stcore/health"),
}


class PreparationFailed(Exception):
    """A step before the start of the processes did not succeed."""


def main() -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code."""
    # Everything the processes write is for their owner alone: databases, artifacts, secrets.
    os.umask(0o077)
    # Until the processes run, SIGTERM ends this program as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        environment = read_environment()
        settings = _settings_with_free_ports(environment)
        lock = _take_data_folder(settings.data_dir)
    except (SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    terminal = Terminal(
        settings.secrets(), form=settings.log_format, log=settings.data_dir / "run.log"
    )
    with lock, closing(terminal):
        try:
            created_password = prepare(settings, terminal)
            return asyncio.run(_run(settings, terminal, created_password))
        except (PreparationFailed, StartFailed) as error:
            terminal.say("run", str(error))
            return 1
        except KeyboardInterrupt:
            return 130


def _settings_with_free_ports(environment: dict[str, str]) -> Settings:
    taken = ports.conflicts(read_ports(environment))
    if taken:
        raise SettingsError("\n".join(taken))
    return build(environment)


def _take_data_folder(folder: Path) -> TextIO:
    """The open lock of the data folder. Raises SettingsError if another run holds it."""
    lock = (private_folder(folder) / "run.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SettingsError(
            f"Another ML Studio runs on the data in {folder}. Stop it, or choose another folder "
            "with STUDIO_DATA_DIR."
        ) from None
    return lock


def prepare(settings: Settings, terminal: Terminal) -> str | None:
    """Migrate, and create the first administrator; a new random password, or None.

    Raises PreparationFailed.
    """
    _uac_command(settings, terminal, ["migrate"])
    kept = settings.password_file.exists()
    password = settings.admin_password or read_or_create(
        settings.password_file, lambda: secrets.token_urlsafe(15)
    )
    output = _uac_command(
        settings,
        terminal,
        ["create-admin", "--username", settings.admin_username],
        f"{password}\n",
    )
    if settings.admin_password is not None:
        return None
    if "exists" not in output:
        return password
    if not kept:
        # The person was there before the file: this password opens nothing.
        settings.password_file.unlink()
    return None


def _uac_command(
    settings: Settings, terminal: Terminal, arguments: list[str], answer: str = ""
) -> str:
    environment = settings.environment_of("uac")
    finished = subprocess.run(
        [sys.executable, "-m", "uac_api.cli", *arguments],
        cwd=ROOT,
        env=environment,
        input=answer,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    for line in finished.stdout.splitlines():
        terminal.say("uac", line)
    if finished.returncode != 0:
        raise PreparationFailed(
            f"`{arguments[0]}` failed (exit code {finished.returncode}). The lines above say why."
        )
    return finished.stdout


def services(settings: Settings) -> list[Service]:
    """What the Procfile names, with this Python's programs first on the PATH."""
    found = []
    for name, command in read_procfile(ROOT / "Procfile").items():
        environment = settings.environment_of(name)
        programs = str(Path(sys.executable).parent)
        environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
        port, path = HEALTH.get(name, ("", ""))
        found.append(
            Service(
                name=name,
                command=command_words(command, environment),
                environment=environment,
                health_url=f"http://127.0.0.1:{settings.ports[port]}{path}" if port else None,
            )
        )
    return found


async def _run(settings: Settings, terminal: Terminal, created_password: str | None) -> int:
    supervisor = Supervisor(services(settings), terminal, ROOT)
    terminal.say("run", "Starting MLflow, the UAC API, Studio and the scheduled jobs.")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    try:
        if await supervisor.start(START_SECONDS):
            show_welcome(settings, created_password, terminal)
            await supervisor.until_stopped()
        terminal.say("run", "Stopping. Once more ends everything at once.")
    finally:
        await supervisor.finish()
    terminal.say("run", "Everything has stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

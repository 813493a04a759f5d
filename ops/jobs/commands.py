"""What `python -m ops.jobs` does: jobs until it is stopped, one at once, or another setting."""

from __future__ import annotations

import os
import signal
import sys

from configuration.settings import SettingsError
from ops.backup.errors import BackupError
from ops.backup.storage.stores import open_store
from ops.jobs import artifact_store
from ops.jobs.context import Context, opened
from ops.jobs.loop import Loop
from ops.jobs.pulse import PULSE, REACHED
from ops.jobs.settings import load
from ops.jobs.table import JOBS, chosen
from uac_api import access_log
from uac_api.access.errors import AccessError
from uac_api.access.installation import jobs
from uac_api.access.models import Job as Row


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    os.umask(0o077)
    try:
        settings = load()
        with opened(settings) as context:
            access_log.configure(context.uac.log_level, service="jobs")
            if arguments == ["accept-artifacts"]:
                address = context.places.artifacts
                artifact_store.accept(context.database, open_store(address), address)
                print(f"{address} is the artifact store from now on.")
                return 0
            return _now(context, arguments[1:]) if arguments[:1] == ["now"] else _forever(context)
    except (SettingsError, BackupError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except AccessError as error:
        print(error.message, file=sys.stderr)
        return 1


def _forever(context: Context) -> int:
    loop = Loop(context, chosen(context.jobs), pulse=PULSE, reached=REACHED)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    loop.run()
    return 0


def _now(context: Context, names: list[str]) -> int:
    known = {job.name: job for job in chosen(context.jobs)}
    if not names or not known.keys() >= set(names):
        off = ", ".join(sorted({job.name for job in JOBS} - known.keys()))
        print(f"Name one of: {', '.join(sorted(known))}. Switched off: {off}.", file=sys.stderr)
        return 2
    jobs.ensure(context.database, names)
    context.database.write(lambda session: jobs.hurry(session, names))
    done = Loop(context, [known[name] for name in names]).once()
    rows = context.database.read(jobs.every)
    for row in rows:
        if row.name in names:
            doing = row.outcome if row.name in done else _why_not(row)
            print(f"{row.name}: {doing}. {row.detail}")
    good = all(row.outcome == jobs.SUCCEEDED for row in rows if row.name in done)
    return int(not (good and set(done) == set(names)))


def _why_not(row: Row) -> str:
    if row.lease_until is not None:
        return "is being done by another process"
    return "was not done, as MLflow's database is not migrated yet: start MLflow"

"""`python -m tools.change_drill [NAME ...]` makes changes on the server of this checkout.

Needs Docker and a server that `make up` started here. Each change is a block of commands of docs/,
run as it stands. Clients read and write meanwhile, and afterwards everything that was acknowledged
must be there, the audit trail must verify, and the doctor must find nothing. Exit codes: 0, 1 if
something is not so, 2 with a sentence if there could be no drill.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from pathlib import Path

from rich.console import Console

from configuration.settings import SettingsError
from ops.demo.client import Client, DemoError, Refused
from ops.demo.target import Target, find
from ops.run.settings import ROOT, read_environment
from ops.server.certificate import self_signed
from tools.change_drill import runbook, shell
from tools.change_drill.runbook import VERIFY, Change
from tools.drill.load import Clock, Worker
from tools.drill.proof import read_back
from tools.drill.record import Record
from tools.drill.stage import Stage

PATIENCE = 240.0
# Load before and after the commands, in seconds.
AROUND = 5.0
DOCTOR = "docker compose exec uac_api studio doctor"


def main(arguments: list[str]) -> int:
    """Do the changes that are named, or all; the exit code."""
    asked = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            known = runbook.changes(_new_certificate(Path(folder)), asked.before, asked.after)
            names = asked.names or list(known)
            if unknown := sorted(set(names) - set(known)):
                raise DemoError(f"There is no change {', '.join(unknown)}: {', '.join(known)}")
            well = [_change(console, asked, name, known[name]) for name in names]
    except (DemoError, SettingsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return int(not all(well))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.change_drill", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="changes; without one all of them")
    parser.add_argument("--rate", type=float, default=5, help="calls a second, half are writes")
    parser.add_argument("--workers", type=int, default=4, help="clients at once")
    parser.add_argument("--before", default="", help="the tag that runs, for update and rollback")
    parser.add_argument("--after", default="", help="the tag that it is updated to")
    return parser


def _new_certificate(folder: Path) -> Path:
    """A folder with a certificate of localhost, as an authority's program leaves one."""
    text, key = self_signed("localhost")
    (folder / "fullchain.pem").write_text(text)
    (folder / "privkey.pem").write_text(key)
    return folder


def _change(console: Console, asked: argparse.Namespace, name: str, change: Change) -> bool:
    """Do one change under load; whether everything is as it should be afterwards."""
    known = runbook.blocks(ROOT)
    console.print(f"[bold]{name}[/bold]")
    faults = _verified(known, "before")
    target = find(read_environment())
    if target.ca_file is not None:
        os.environ["REQUESTS_CA_BUNDLE"] = target.ca_file
    ends = suppress(Refused) if change.ends_sessions else nullcontext()
    # Whose session has ended cannot take the tokens of the drill away; they end after a day.
    with ends, Stage(target) as stage:
        desks = stage.desks(asked.workers)
        record, clock = Record(), Clock(asked.rate)
        workers = [Worker(desk, clock, record, PATIENCE) for desk in desks]
        for worker in workers:
            worker.start()
        clock.stopping.wait(AROUND)
        began = time.monotonic()
        ended = shell.run(runbook.script(change, known), ROOT)
        took = time.monotonic() - began
        clock.stopping.wait(AROUND)
        clock.stopping.set()
        for worker in workers:
            worker.join(2 * PATIENCE)
        lost = record.acknowledged - read_back(desks)
    if ended.code:
        faults.append(f"the commands ended with {ended.code}: {ended.said.strip()[-2000:]}")
    if change.ends_sessions:
        # Nobody else is told what the administrator's password is now.
        console.print(ended.said.strip(), markup=False)
        if not _opens(target, ended.said.strip().rpartition("\n")[2]):
            faults.append("the new password does not open")
    if lost:
        faults.append(f"{len(lost)} acknowledged values are lost")
    faults += _verified(known, "after")
    if (found := shell.run(DOCTOR, ROOT)).said.strip() != "Everything is fit.":
        faults.append(f"the doctor says: {found.said.strip()}")
    silence = max((length for _, length in record.silences(1)), default=0.0)
    console.print(
        f"  {took:.0f} s, {len(record.acknowledged)} values acknowledged, {len(lost)} lost, "
        f"{record.repeats} calls sent again, longest silence {silence:.1f} s"
    )
    for fault in faults:
        console.print(f"  {fault}", style="red", markup=False)
    return not faults


def _opens(target: Target, password: str) -> bool:
    """Whether the administrator gets in with this password."""
    client = Client(target.address)
    try:
        client.sign_in(target.username, password)
    except DemoError:
        return False
    finally:
        client.close()
    return True


def _verified(known: dict[str, str], when: str) -> list[str]:
    ended = shell.run(known[VERIFY], ROOT)
    return [f"{when} it the audit trail: {ended.said.strip()}"] if ended.code else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

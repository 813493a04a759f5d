"""Ten thousand events of four processes at once, one of which is killed: the trail verifies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import every_database
from processes import ROOT
from sealing import Sealed, sealed
from uac_api.access.audit import events
from uac_api.access.database import Database

pytestmark = every_database

TESTS = Path(__file__).parent.parent
EACH = 2500
KILLED_AFTER = "d-499"


@pytest.fixture
def trail(database: Database) -> Iterator[Sealed]:
    """An empty trail on each kind of database."""
    here = sealed(database)
    yield here
    here.database.close()


def writer(trail: Sealed, name: str, number: int, log: Path) -> subprocess.Popen[bytes]:
    url = trail.database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(TESTS / "sealing_writer.py"), url, name, str(number)]
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{ROOT}"},
            stdout=subprocess.DEVNULL,
            stderr=file,
        )


def test_the_events_of_four_processes_verify_also_after_kill_9(
    trail: Sealed, tmp_path: Path
) -> None:
    logs = {name: tmp_path / name for name in ("a", "b", "c", "d", "e")}
    running = {name: writer(trail, name, EACH, logs[name]) for name in ("a", "b", "c", "d")}
    victim = running.pop("d")
    while KILLED_AFTER not in logs["d"].read_text():
        assert victim.poll() is None, logs["d"].read_text()
        time.sleep(0.02)
    victim.kill()
    victim.wait(timeout=10)
    assert trail.verify().right
    running["e"] = writer(trail, "e", EACH - 500, logs["e"])
    for name, process in running.items():
        assert process.wait(timeout=200) == 0, logs[name].read_text()[-2000:]
    trail.sealer.once()
    report = trail.verify()
    assert (report.findings, report.waiting, report.unmarked) == ([], 0, 0)
    assert report.events >= 4 * EACH
    found = trail.database.read(
        lambda s: events.onward(s, events.Filter(), after=0, limit=5 * EACH)
    )
    written = Counter(event.user for event in found)
    assert written["d"] >= 500
    assert {name: written[name] for name in running} == {
        name: EACH - 500 if name == "e" else EACH for name in running
    }
    assert len(found) == report.events

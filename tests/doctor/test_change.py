"""Mistakes of a change after the installation: each one is planted, and the doctor names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from patients import DRAWN, Patient, only
from sealing import Sealed
from uac_api.access.audit.seals import Sealer
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.installation import artifact_store, backups, jobs, processes
from uac_api.access.installation.processes import Presence
from uac_api.access.models import Backup, Job, Process, Seal, now
from uac_api.version import __version__

MARK = "0123456789abcdef0123456789abcdef"
Answers = dict[str, tuple[int, bytes]]


@dataclass
class Change:
    """What a mistake is planted in."""

    patient: Patient
    database: Database
    mlflow: Answers

    def write(self, *rows: Any) -> None:
        """Rows in the UAC database."""
        self.database.write(lambda session: session.add_all(rows))

    def run_jobs(self, key: str = DRAWN, version: str = __version__, refusal: str = "") -> None:
        """A process that does the jobs, with this key."""
        there = Database(self.patient.url, Signer(key))
        Presence(there, "jobs", version, refusal=lambda: refusal).report()
        there.close()

    def backed_up(self, *files: int) -> None:
        """Backups of so many files, the newest last."""
        for number, count in enumerate(files):
            held = Backup(name=f"2026-01-{number + 10}", rows=500, files=count, bytes=count * 1000)
            self.database.write(partial(backups.record, backup=held))

    def sealed(self, key: str = DRAWN) -> Sealed:
        """A trail of six events, signed with this key."""
        there = Database(self.patient.url, Signer(key))
        made = Sealed(there, Signer(key), Sealer(there, Signer(key)))
        made.sealer.once()
        made.written(*"abcdef")
        there.close()
        return made


@pytest.fixture
def change(patient: Patient, stand_in: Answers) -> Any:
    """An installation in use: jobs ran, a backup was taken, files were logged, events sealed."""
    here = Change(patient, patient.database(), stand_in)
    soon = now() + timedelta(hours=1)
    here.write(
        *(
            Job(name=name, outcome=jobs.SUCCEEDED, succeeded_at=now(), next_at=soon)
            for name in ("backup", "usage")
        )
    )
    here.database.write(lambda session: artifact_store.remember(session, MARK))
    stand_in[artifact_store.ARTIFACT_FILE] = (200, f"{MARK}\n".encode())
    here.backed_up(100, 104)
    here.run_jobs()
    here.sealed()
    yield here
    here.database.close()


def test_an_installation_in_use_is_left_in_peace(change: Change) -> None:
    assert change.patient.findings() == []


def old_upstream_secret(change: Change) -> None:
    change.patient.set("STUDIO_UPSTREAM_SECRET", DRAWN[::-1])


def old_password_of_mlflow(change: Change) -> None:
    refused = {"database": "(1045, \"Access denied for user 'mlflow'@'10.0.0.4'\")"}
    change.mlflow["standing"] = (200, json.dumps(refused).encode())


def old_password_of_jobs(change: Change) -> None:
    change.database.write(lambda session: session.execute(text("DELETE FROM processes")))
    change.run_jobs(refusal="MLflow's database refuses it: (1045, 'Access denied')")


def stopped_jobs(change: Change) -> None:
    change.database.write(
        lambda session: session.execute(update(Process).values(seen_at=now() - processes.GONE))
    )


def jobs_that_left(change: Change) -> None:
    change.database.write(lambda session: session.execute(text("DELETE FROM processes")))


def jobs_of_another_version(change: Change) -> None:
    change.run_jobs(version="0.0.9")


def another_audit_key_in_one_process(change: Change) -> None:
    change.run_jobs(key="k" * 40)


def audit_key_without_the_one_before(change: Change) -> None:
    change.patient.set("STUDIO_AUDIT_KEY", "n" * 40)
    change.patient.set("STUDIO_SECRET_KEY", "Zk3" + DRAWN[3:])
    jobs_that_left(change)
    change.run_jobs(key="n" * 40)


def broken_seal(change: Change) -> None:
    change.database.write(
        lambda session: session.execute(update(Seal).where(Seal.id == 3).values(count=99))
    )


def removed_event(change: Change) -> None:
    change.database.write(lambda session: session.execute(text("DELETE FROM events WHERE id = 4")))


def redirected_artifacts(change: Change) -> None:
    del change.mlflow[artifact_store.ARTIFACT_FILE]


def artifacts_of_another_installation(change: Change) -> None:
    change.mlflow[artifact_store.ARTIFACT_FILE] = (200, b"f" * 32)


def shrunken_backup(change: Change) -> None:
    change.write(Backup(name="2026-02-01", rows=500, files=0, bytes=0))


def _job(change: Change, **values: object) -> None:
    def work(session: Session) -> None:
        session.execute(update(Job).where(Job.name == "backup").values(values))

    change.database.write(work)


def failed_backup(change: Change) -> None:
    _job(change, outcome=jobs.FAILED, detail="No space is left.")


def backup_that_is_due(change: Change) -> None:
    _job(change, next_at=now() - timedelta(minutes=20))


def backups_that_were_switched_off(change: Change) -> None:
    _job(change, next_at=None, succeeded_at=now() - timedelta(days=3))


PLANTED: tuple[tuple[Callable[[Change], None], str, tuple[str, ...]], ...] = (
    (old_upstream_secret, "mlflow", ("secret", "STUDIO_UPSTREAM_SECRET")),
    (old_password_of_mlflow, "mlflow", ("Access denied for user 'mlflow'", "make up")),
    (old_password_of_jobs, "processes", ("jobs", "Access denied", "old password")),
    (stopped_jobs, "jobs", ("No process does the scheduled jobs", "make up")),
    (jobs_that_left, "jobs", ("No process does the scheduled jobs", "no backups")),
    (jobs_of_another_version, "processes", ("version 0.0.9", __version__)),
    (another_audit_key_in_one_process, "processes", ("jobs", "signs the audit trail")),
    (audit_key_without_the_one_before, "audit", ("does not verify", "audit-keys-before")),
    (broken_seal, "audit", ("seal 3 was changed", "incident")),
    (removed_event, "audit", ("event 4 is missing", "studio audit verify")),
    (redirected_artifacts, "artifacts", ("another one than before", "ARTIFACTS_DESTINATION")),
    (artifacts_of_another_installation, "artifacts", ("another one than before",)),
    (shrunken_backup, "backups", ("holds 0 files", "holds 104", "can be restored")),
    (failed_backup, "jobs", ("backup failed: No space is left.", "now backup")),
    (backup_that_is_due, "jobs", ("backup is due since",)),
    (backups_that_were_switched_off, "backups", ("none is scheduled", "STUDIO_BACKUP_TO")),
)


@pytest.mark.parametrize(
    ("plant", "check", "words"), PLANTED, ids=[plant.__name__ for plant, *_ in PLANTED]
)
def test_a_planted_mistake_is_named(
    change: Change, plant: Callable[[Change], None], check: str, words: tuple[str, ...]
) -> None:
    plant(change)
    only(change.patient.findings(), check, *words)


def test_an_audit_key_that_was_rotated_with_the_one_before_is_well(change: Change) -> None:
    change.patient.set("STUDIO_AUDIT_KEY", "n" * 40)
    change.patient.set("STUDIO_SECRET_KEY", "Zk3" + DRAWN[3:])
    before = change.patient.folder / "before"
    before.write_text(f"{'o' * 40}\n{DRAWN}\n")
    before.chmod(0o600)
    change.patient.set("STUDIO_AUDIT_KEYS_BEFORE_FILE", str(before))
    change.sealed("n" * 40)
    assert change.patient.findings() == []


def test_no_finding_shows_a_secret(change: Change) -> None:
    for plant, *_ in PLANTED:
        if plant is not old_upstream_secret:
            plant(change)
    said = change.patient.run("--json")[1]
    assert [secret for secret in (DRAWN, "k" * 40, "n" * 40, MARK) if secret in said] == []

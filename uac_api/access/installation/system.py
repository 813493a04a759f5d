"""How the installation stands: its numbers, its audit trail, its jobs, and who takes what room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import clock
from ..audit import lag
from ..audit.signatures import Signer
from ..models import Backup, Job, Project, Quota, Usage
from ..quotas.limits import Limits, own
from . import backups, jobs, processes, stats

LARGEST = 10


@dataclass(frozen=True, slots=True)
class Room:
    """What the files of a project take, in bytes, and how much they may (None: no limit)."""

    project: str
    name: str
    storage_bytes: int
    files: int
    quota_bytes: int | None
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class System:
    """Everything that the UAC database tells about the installation, at a `moment` of its clock."""

    figures: stats.Figures
    audit: lag.SealLag
    moment: datetime
    jobs: Sequence[Job]
    backups: Sequence[Backup]
    processes: Sequence[processes.Standing]
    storage: Sequence[Room]
    projects_measured: int


def read(session: Session, marks: Signer, defaults: Limits) -> System:
    """The state of now; the ten projects that take most, with limits over the `defaults`."""
    measured = select(func.count()).select_from(Usage).join(Project)
    return System(
        figures=stats.read(session),
        audit=lag.read(session, marks),
        moment=clock.read(session),
        jobs=jobs.every(session),
        backups=backups.newest(session),
        processes=processes.running(session, marks),
        storage=_largest(session, defaults),
        projects_measured=session.scalar(measured.where(Project.deleted_at.is_(None))) or 0,
    )


def late_seconds(job: Job, moment: datetime) -> float:
    """How long a job has been due at a moment of the database's without anybody who does it."""
    if is_running(job, moment) or job.next_at is None or job.next_at > moment:
        return 0.0
    return (moment - job.next_at).total_seconds()


def is_running(job: Job, moment: datetime) -> bool:
    """Whether a process holds the job at a moment of the database's."""
    return job.lease_until is not None and job.lease_until > moment


def _largest(session: Session, defaults: Limits) -> list[Room]:
    statement = (
        select(Project.slug, Project.name, Usage, Quota)
        .join(Usage, Usage.project_id == Project.id)
        .outerjoin(Quota, Quota.project_id == Project.id)
        .where(Project.deleted_at.is_(None))
        .order_by(Usage.storage_bytes.desc(), Project.slug)
        .limit(LARGEST)
    )
    return [
        Room(
            project=slug,
            name=name,
            storage_bytes=usage.storage_bytes,
            files=usage.files,
            quota_bytes=own(quota).over(defaults).storage_bytes or None,
            measured_at=usage.measured_at,
        )
        for slug, name, usage, quota in session.execute(statement)
    ]

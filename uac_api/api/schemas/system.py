"""What the REST for people answers about the installation."""

from __future__ import annotations

from pydantic import BaseModel

from .responses import Moment


class PartOut(BaseModel):
    """A part of the installation: whether it is fit, or what is wrong, and how long it took."""

    name: str
    ok: bool
    message: str
    ms: float


class VersionsOut(BaseModel):
    """What runs. `mlflow` is empty while MLflow cannot be asked.

    `table` is the version of MLflow whose table of rules holds, or all that there are tables for
    when MLflow's own is none of them; `migration` is where the UAC database stands,
    `migration_newest` where this code ends.
    """

    studio: str
    mlflow: str
    table: str
    python: str
    database: str
    migration: str
    migration_newest: str


class SealLagOut(BaseModel):
    """The newest seal of the audit trail, and the events that wait for the next one.

    `whole` says of the newest seals that each is ours and follows the one before it.
    """

    seal: int
    sealed_at: Moment | None
    whole: bool
    waiting: int
    waiting_since: Moment | None


class JobOut(BaseModel):
    """Scheduled work. `outcome` is of the last time: succeeded, failed, or empty before it.

    `late_seconds` is how long it has been due without anybody who does it.
    """

    name: str
    running: bool
    outcome: str
    started_at: Moment | None
    ended_at: Moment | None
    succeeded_at: Moment | None
    next_at: Moment | None
    late_seconds: int
    detail: str


class BackupOut(BaseModel):
    """The newest backup and what it holds; `files` and `bytes` are null without artifacts.

    `shortfall` says what it lacks beside the ones before it; empty if it is as large.
    """

    name: str
    taken_at: Moment
    rows: int
    files: int | None
    bytes: int | None
    shortfall: str


class ProcessOut(BaseModel):
    """A process of the UAC API or of the scheduled jobs that runs.

    `problem` is what would keep it from its databases if it had to connect anew; `ours` is whether
    it signs the audit trail with a key that the API knows.
    """

    service: str
    version: str
    started_at: Moment
    seen_at: Moment
    problem: str
    ours: bool


class RoomOut(BaseModel):
    """What the files of a project take, in bytes; `quota_bytes` is null without a limit."""

    project: str
    name: str
    storage_bytes: int
    files: int
    quota_bytes: int | None
    measured_at: Moment


class FiguresOut(BaseModel):
    """How much there is of everything."""

    people: int
    service_accounts: int
    groups: int
    projects: int
    sessions: int
    tokens: int
    tokens_expiring: int
    open_requests: int
    storage_bytes: int
    runs_today: int


class SystemOut(BaseModel):
    """How the installation stands; `storage` has the ten projects that take most."""

    parts: list[PartOut]
    versions: VersionsOut
    figures: FiguresOut
    audit: SealLagOut
    jobs: list[JobOut]
    backup: BackupOut | None
    processes: list[ProcessOut]
    storage: list[RoomOut]
    projects_measured: int

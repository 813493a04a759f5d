"""What keeps an installation in order: scheduled jobs, quotas and their use, and the trash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Moment, now
from .projects import Project

# A model with hundreds of versions is longer than MySQL's TEXT.
LONG_TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


class Job(Base):
    """One kind of scheduled work; whoever holds the lease is doing it."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    next_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    succeeded_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    outcome: Mapped[str] = mapped_column(String(10), default="")
    detail: Mapped[str] = mapped_column(String(1000), default="")


class Backup(Base):
    """What a finished backup held; `files` and `bytes` are None where artifacts were left out."""

    __tablename__ = "backups"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(Moment, default=now)
    rows: Mapped[int] = mapped_column(BigInteger)
    files: Mapped[int | None] = mapped_column(BigInteger, default=None)
    bytes: Mapped[int | None] = mapped_column(BigInteger, default=None)


class Process(Base):
    """A process that runs: it renews its row, and takes it away when it ends."""

    __tablename__ = "processes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    service: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(String(500), default="")
    mark: Mapped[str] = mapped_column(String(64), default="")


class Installation(Base):
    """The one row about the installation itself.

    `artifact_store` is the content of a file in the artifact store that belongs to this database.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    artifact_store: Mapped[str] = mapped_column(String(32))


class Quota(Base):
    """The limits of one project: None is the installation's default, 0 no limit.

    The version counts their changes; a row is never deleted, so that no version comes twice.
    """

    __tablename__ = "quotas"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    storage_mb: Mapped[int | None] = mapped_column(BigInteger, default=None)
    runs_per_day: Mapped[int | None] = mapped_column(Integer, default=None)
    requests_per_minute: Mapped[int | None] = mapped_column(Integer, default=None)
    updated_by: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(Integer, default=1)


class Usage(Base):
    """What the files of a project take, as they were last measured."""

    __tablename__ = "usage"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    storage_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    files: Mapped[int] = mapped_column(BigInteger, default=0)
    measured_at: Mapped[datetime] = mapped_column(Moment, default=now)


class UsageCount(Base):
    """How often something happened in a project in one period, counted by every process.

    `what` is runs, requests, bytes or unmeasured (`access/quotas/usage.py`); `period` a day
    (2026-01-31) or a minute (2026-01-31T09:15) in UTC, or empty for what no period ends.
    """

    __tablename__ = "usage_counts"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    what: Mapped[str] = mapped_column(String(20), primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True, index=True)
    count: Mapped[int] = mapped_column(BigInteger, default=0)


class TraceLink(Base):
    """A link of a trace to a run that waits until MLflow has the trace."""

    __tablename__ = "trace_links"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    trace_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class TrashItem(Base):
    """Something of a project that MLflow deletes at once, kept so that it can come back.

    `content` is a JSON document of all that is needed to make it again.
    """

    __tablename__ = "trash"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    content: Mapped[str] = mapped_column(LONG_TEXT)
    deleted_by: Mapped[str] = mapped_column(String(64))
    deleted_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)

    project: Mapped[Project] = relationship(lazy="joined")

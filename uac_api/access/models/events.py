"""The audit trail, and the seals that hold it together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Moment, now


class Event(Base):
    """One entry of the audit trail; names are copied, so that it outlives what it names.

    `mark` proves that ML Studio wrote it (access/audit/signatures.py); the version before made
    none.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_project_at", "project", "at"),
        Index("ix_events_mark", "mark", unique=True),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    request_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    user: Mapped[str] = mapped_column(String(64), default="", index=True)
    token: Mapped[str] = mapped_column(String(16), default="")
    project: Mapped[str] = mapped_column(String(63), default="")
    action: Mapped[str] = mapped_column(String(20), default="")
    operation: Mapped[str] = mapped_column(String(200))
    target: Mapped[str] = mapped_column(String(300), default="")
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[int] = mapped_column(Integer, default=0)
    count: Mapped[int] = mapped_column(Integer, default=1)
    address: Mapped[str] = mapped_column(String(64), default="")
    mark: Mapped[str | None] = mapped_column(String(88), default=None)


class Seal(Base):
    """A link of the chain over the trail: the ids it covers, and a digest of what they said.

    `events` are runs of ids, such as "1-40,43"; `top` is the highest id of this seal and all
    before it; `unmarked` of its events have no mark. `previous` is the mark of the seal before.
    A seal whose events were pruned stays, with the time and a mark of its own for that.
    """

    __tablename__ = "seals"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    events: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    unmarked: Mapped[int] = mapped_column(Integer)
    top: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    mark: Mapped[str] = mapped_column(String(64))
    pruned_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    pruned_mark: Mapped[str] = mapped_column(String(64), default="", server_default="")

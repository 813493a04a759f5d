"""The audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Moment, now


class Event(Base):
    """One entry of the audit trail; names are copied, so that it outlives what it names."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_project_at", "project", "at"),)

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

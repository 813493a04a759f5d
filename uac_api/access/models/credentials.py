"""What people and programs show: tokens, sessions; and what slows a guesser down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Moment, now
from .people import User
from .projects import Project


class Token(Base):
    """A secret that was issued for programs; only its hash is kept.

    `run_id` names the one run it may log into; `replaces` the token that this one follows.
    """

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), default=None)
    actions: Mapped[str | None] = mapped_column(String(100), default=None)
    run_id: Mapped[str | None] = mapped_column(String(32), default=None)
    replaces: Mapped[str | None] = mapped_column(String(16), default=None)
    created_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    last_address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    last_client: Mapped[str] = mapped_column(String(100), default="", server_default="")

    project: Mapped[Project | None] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="select")


class ServiceAccount(Base):
    """An account of a project's programs: it belongs to the project and has tokens only."""

    __tablename__ = "service_accounts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship(lazy="joined")
    project: Mapped[Project] = relationship(lazy="joined")


class UserSession(Base):
    """A browser's sign-in; it holds hashes of its secrets.

    `digest` is of the session token, `interface_digest` of what opens MLflow's interface in the
    browser that took the session over, `ticket_digest` of the one-time ticket for that.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    interface_digest: Mapped[str | None] = mapped_column(String(64), default=None)
    ticket_digest: Mapped[str | None] = mapped_column(String(64), default=None)
    ticket_expires_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    client: Mapped[str] = mapped_column(String(100), default="", server_default="")
    signed_in_by: Mapped[str] = mapped_column(
        String(20), default="password", server_default="password"
    )


class SignInDelay(Base):
    """Wrong passwords in a row for an account or from an address, and when to try again."""

    __tablename__ = "sign_in_delays"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(254), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_failed_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    until: Mapped[datetime | None] = mapped_column(Moment, default=None)


class UsedIdToken(Base):
    """An identity token that has been exchanged for a session, kept until it expires."""

    __tablename__ = "used_id_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)

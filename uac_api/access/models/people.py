"""People, their groups, and the ways an account comes to be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Moment, now


class Kind(StrEnum):
    """What an account is for: a person signs in, a service only has tokens."""

    PERSON = "person"
    SERVICE = "service"


class Source(StrEnum):
    """Who keeps an entry up to date: people in ML Studio, or the claims of the sign-in service."""

    STUDIO = "studio"
    CLAIMS = "claims"


class User(Base):
    """An account; without a password hash nobody signs in by password."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    kind: Mapped[str] = mapped_column(String(10), default=Kind.PERSON, server_default=Kind.PERSON)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class LinkedIdentity(Base):
    """Who a person is at an identity provider; the pair of issuer and subject never changes."""

    __tablename__ = "linked_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Group(Base):
    """People managed together; the version counts the changes of its own fields."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(Integer, default=1)


class GroupPerson(Base):
    """A person in a group."""

    __tablename__ = "group_people"
    __table_args__ = (UniqueConstraint("group_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    source: Mapped[str] = mapped_column(String(10), default=Source.STUDIO)
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship(lazy="joined")


class ClaimRule(Base):
    """Whose claim has this value is in that group."""

    __tablename__ = "claim_rules"
    __table_args__ = (UniqueConstraint("claim", "value", "group_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim: Mapped[str] = mapped_column(String(100))
    value: Mapped[str] = mapped_column(String(254))
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), index=True)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    group: Mapped[Group] = relationship(lazy="joined")


class Invitation(Base):
    """A link by which somebody makes an account for themselves, once; only its hash is kept."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    username: Mapped[str] = mapped_column(String(64))
    display_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), default=None)
    role: Mapped[str] = mapped_column(String(20), default="")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)

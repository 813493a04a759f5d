"""What each operation of the REST for people needs; the table that `decide.allow` reads."""

from __future__ import annotations

from enum import StrEnum


class Need(StrEnum):
    """What a principal must be for an operation.

    SIGNED_IN      anybody who was recognised
    ACCOUNT        the person in person: a session or a password, never a token
    ADMINISTRATOR  a person with the administrator flag, in person
    READER         may read the project, or is an administrator (who sees that it exists)
    OVERSEER       may manage the project, or is an administrator in person
    """

    SIGNED_IN = "signed in"
    ACCOUNT = "account"
    ADMINISTRATOR = "administrator"
    READER = "reader"
    OVERSEER = "overseer"


OPERATIONS: dict[str, Need] = {
    "sessions.end": Need.ACCOUNT,
    "me.read": Need.SIGNED_IN,
    "me.update": Need.ACCOUNT,
    "me.password": Need.ACCOUNT,
    "status.read": Need.SIGNED_IN,
    "users.list": Need.ADMINISTRATOR,
    "users.create": Need.ADMINISTRATOR,
    "users.update": Need.ADMINISTRATOR,
    "projects.list": Need.SIGNED_IN,
    "projects.create.everyone": Need.ACCOUNT,
    "projects.create.administrators": Need.ADMINISTRATOR,
    "projects.read": Need.READER,
    "projects.update": Need.OVERSEER,
    "projects.delete": Need.OVERSEER,
    "members.list": Need.READER,
    "members.set": Need.OVERSEER,
    "members.remove": Need.OVERSEER,
    "claim_rules.list": Need.ADMINISTRATOR,
    "claim_rules.create": Need.ADMINISTRATOR,
    "claim_rules.delete": Need.ADMINISTRATOR,
    "identities.list": Need.ADMINISTRATOR,
    "identities.link": Need.ADMINISTRATOR,
    "identities.unlink": Need.ADMINISTRATOR,
    "tokens.list": Need.ACCOUNT,
    "tokens.create": Need.ACCOUNT,
    "tokens.delete": Need.ACCOUNT,
    "experiments.list": Need.SIGNED_IN,
    "runs.list": Need.SIGNED_IN,
    "models.list": Need.SIGNED_IN,
    "traces.list": Need.SIGNED_IN,
    "audit.list": Need.ADMINISTRATOR,
    "audit.project": Need.OVERSEER,
}

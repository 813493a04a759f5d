"""The four roles and what each may do (docs/explanation/architecture.md, Roles and actions)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from ..errors import Invalid

Named = TypeVar("Named", "Action", "Role")


class Action(StrEnum):
    """What can be done to a project and its content.

    read        see anything of it
    log         create and write runs, metrics, params, tags, traces, artifacts; bin and restore
                runs
    register    create models, versions and prompts
    promote     aliases, stages, version tags
    delete      experiments, models, versions, traces, artifacts
    manage      members, settings, webhooks
    administer  give owner or maintainer, grant requests, delete and restore the project

    A token has an action of `NAMED_ONLY` only if it was made with it by name.
    """

    READ = "read"
    LOG = "log"
    REGISTER = "register"
    PROMOTE = "promote"
    DELETE = "delete"
    MANAGE = "manage"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What a member is in a project, from the least to the most."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    MAINTAINER = "maintainer"
    OWNER = "owner"


ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.CONTRIBUTOR: frozenset({Action.READ, Action.LOG, Action.REGISTER}),
    Role.MAINTAINER: frozenset(
        {Action.READ, Action.LOG, Action.REGISTER, Action.PROMOTE, Action.DELETE}
    ),
    Role.OWNER: frozenset(Action),
}


# A token that was made without a list of actions has all of its owner's but these.
NAMED_ONLY = frozenset({Action.ADMINISTER})


def action_named(value: str) -> Action:
    """The action of that name; raises Invalid."""
    return _named(Action, value)


def role_named(value: str) -> Role:
    """The role of that name; raises Invalid."""
    return _named(Role, value)


def _named(kind: type[Named], value: str) -> Named:
    try:
        return kind(value)
    except ValueError:
        word, allowed = kind.__name__.lower(), ", ".join(kind)
        raise Invalid(
            f"'{value}' is no {word}. Choose one of: {allowed}.", reason=f"invalid_{word}"
        ) from None


def rank(role: Role) -> int:
    """The place of a role among the roles, the least at 0."""
    return _RANKS[role]


_RANKS = {role: place for place, role in enumerate(Role)}

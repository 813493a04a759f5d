"""The four roles and what each may do (design: roles and actions)."""

from __future__ import annotations

from enum import StrEnum

from .errors import Invalid


class Action(StrEnum):
    """What can be done to the content of a project.

    read      see anything of it
    log       create and write runs, metrics, params, tags, traces, artifacts; bin and restore runs
    register  create models, versions and prompts
    promote   aliases, stages, version tags
    delete    experiments, models, versions, traces, artifacts
    manage    members, settings, webhooks
    """

    READ = "read"
    LOG = "log"
    REGISTER = "register"
    PROMOTE = "promote"
    DELETE = "delete"
    MANAGE = "manage"


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


def action_named(value: str) -> Action:
    """The action of that name; raises Invalid."""
    try:
        return Action(value)
    except ValueError:
        allowed = ", ".join(Action)
        raise Invalid(
            f"'{value}' is no action. Choose one of: {allowed}.", reason="invalid_action"
        ) from None


def role_named(value: str) -> Role:
    """The role of that name; raises Invalid."""
    try:
        return Role(value)
    except ValueError:
        allowed = ", ".join(Role)
        raise Invalid(
            f"'{value}' is no role. Choose one of: {allowed}.", reason="invalid_role"
        ) from None


def rank(role: Role) -> int:
    """The place of a role among the roles, the least at 0."""
    return _RANKS[role]


_RANKS = {role: place for place, role in enumerate(Role)}

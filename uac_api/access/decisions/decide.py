"""The one place where yes and no are said; every no has a reason and a sentence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ..models import User
from .operations import OPERATIONS, Need
from .principals import Grant, Principal, Via, of_person
from .roles import NAMED_ONLY, ROLE_ACTIONS, Action

# What a member must be allowed to do to the content of the project; administrators are no members.
OF_MEMBERS = {Need.READS: Action.READ, Need.LOGS: Action.LOG, Need.DELETES: Action.DELETE}
# The same for what takes a person besides: arranging pages is nothing for programs.
OF_MEMBERS_IN_PERSON = {Need.KEEPS: Action.READ, Need.CURATES: Action.PROMOTE}
# Whoever shows one of these need not be the person: programs hold them.
OF_PROGRAMS = (Via.TOKEN, Via.PROVIDER)
# What a program may do at most where its token says nothing of actions.
UNNAMED = frozenset(Action) - NAMED_ONLY


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why; a project that may not be known is `hidden`."""

    allowed: bool
    reason: str
    message: str = ""
    hidden: bool = False


def allowed_actions(principal: Principal, slug: str) -> frozenset[Action]:
    """What the principal may do in a project: the role's actions less what a token takes away."""
    grant = principal.grants.get(slug)
    if grant is None:
        return frozenset()
    return ROLE_ACTIONS[grant.role] & _at_most(principal)


def decide(principal: Principal, action: Action, slug: str) -> Decision:
    """Whether the principal may do `action` to the content of the project `slug`."""
    grant = principal.grants.get(slug)
    if grant is None:
        return _hidden(slug)
    if action not in ROLE_ACTIONS[grant.role]:
        return Decision(
            False,
            "role_too_low",
            f"The role {grant.role} in project '{slug}' does not include '{action}'. "
            "Ask an owner of the project for a higher role.",
        )
    if action not in _at_most(principal):
        if principal.token_run_id is not None:
            return _of_one_run(principal.token_run_id)
        if action in NAMED_ONLY:
            return Decision(
                False,
                "token_too_narrow",
                "This needs you in person, or a token that was made for it. Sign in to ML Studio, "
                f"or create a token with the action '{action}' on the Tokens page.",
            )
        return Decision(
            False,
            "token_too_narrow",
            f"This token does not include '{action}'. Create one that does on the Tokens page.",
        )
    return Decision(True, f"role_{grant.role}")


def decide_run(
    principal: Principal, runs: Collection[str], *, writes_elsewhere: bool = False
) -> Decision:
    """Whether a call that `decide` allowed may go on, as it is about these runs.

    Only a token of one run is narrowed here: the call must be about that run and no other, and
    must not write onto another thing besides (`writes_elsewhere`).
    """
    one = principal.token_run_id
    if one is None:
        return Decision(True, "any_run")
    if set(runs) != {one} or writes_elsewhere:
        return _of_one_run(one)
    return Decision(True, "its_run")


def decide_for(user: User, grants: dict[str, Grant], action: Action, slug: str) -> Decision:
    """Whether this person may do `action` in the project, by the grants that count for them."""
    if user.disabled:
        return Decision(
            False,
            "account_disabled",
            f"The account '{user.username}' is disabled. Ask an administrator to enable it.",
        )
    return decide(of_person(user, grants), action, slug)


def allow(principal: Principal, operation: str, slug: str | None = None) -> Decision:
    """Whether the principal may use an operation of the REST for people.

    `slug` names the project for operations that need READER, OVERSEER, AUTHORITY, GIVER or one of
    OF_MEMBERS or OF_MEMBERS_IN_PERSON.
    """
    need = OPERATIONS[operation]
    if principal.token_run_id is not None:
        # Whoever runs the untrusted job learns nothing of the person and of other content.
        return _of_one_run(principal.token_run_id)
    match need:
        case Need.SIGNED_IN:
            return Decision(True, "signed_in")
        case Need.ACCOUNT:
            return _in_person(principal)
        case Need.ADMINISTRATOR:
            return _administrator(principal)
        case Need.READER:
            if _administrator(principal).allowed:
                return Decision(True, "administrator")
            return decide(principal, Action.READ, slug or "")
        case Need.OVERSEER:
            if _administrator(principal).allowed:
                return Decision(True, "administrator")
            return decide(principal, Action.MANAGE, slug or "")
        case Need.AUTHORITY:
            if _administrator(principal).allowed:
                return Decision(True, "administrator")
            return decide(principal, Action.ADMINISTER, slug or "")
        case Need.GIVER:
            return _giver(principal, slug or "")
        case Need.READS | Need.LOGS | Need.DELETES:
            return decide(principal, OF_MEMBERS[need], slug or "")
        case Need.KEEPS | Need.CURATES:
            decision = decide(principal, OF_MEMBERS_IN_PERSON[need], slug or "")
            return _in_person(principal) if decision.allowed else decision


def grants_until(principal: Principal, slug: str) -> datetime | None:
    """When what the principal grants in the project must have ended; None for never.

    It is the end of their own role there; administrators in person grant without one.
    """
    grant = principal.grants.get(slug)
    return None if grant is None or _administrator(principal).allowed else grant.until


def _at_most(principal: Principal) -> frozenset[Action]:
    """What the credential lets through, whatever the role."""
    if principal.token_actions is not None:
        return principal.token_actions
    return UNNAMED if principal.via in OF_PROGRAMS else _EVERY


_EVERY = frozenset(Action)


def _in_person(principal: Principal) -> Decision:
    if principal.via in OF_PROGRAMS:
        return Decision(
            False,
            "session_required",
            "A token cannot do this. Sign in to ML Studio in person.",
        )
    return Decision(True, "in_person")


def _administrator(principal: Principal) -> Decision:
    if not principal.administrator:
        return Decision(
            False, "administrators_only", "Only administrators may do this. Ask one of yours."
        )
    return _in_person(principal)


def _giver(principal: Principal, slug: str) -> Decision:
    decision = decide(principal, Action.MANAGE, slug)
    if decision.allowed:
        return _in_person(principal)
    if decision.hidden and _administrator(principal).allowed:
        return Decision(
            False,
            "owners_only",
            f"Only an owner of project '{slug}' may do this. You may make yourself one, which "
            "everybody in it sees.",
        )
    return decision


def _of_one_run(run_id: str) -> Decision:
    return Decision(
        False,
        "token_of_one_run",
        f"This token is for the run '{run_id}' only: it logs into that run and reads it. "
        "For anything else use another token.",
    )


def _hidden(slug: str) -> Decision:
    return Decision(
        False,
        "no_such_project",
        f"There is no project '{slug}' that you may read. Check its name, or ask for access.",
        hidden=True,
    )

"""Yes and no."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.conftest import MakePrincipal
from uac_api.access.decisions.decide import allow, allowed_actions, decide, decide_run
from uac_api.access.decisions.operations import OPERATIONS
from uac_api.access.decisions.principals import Grant, Principal, Via
from uac_api.access.decisions.roles import ROLE_ACTIONS, Action, Role

NARROW = frozenset({Action.READ, Action.LOG})

# Who may use an operation on `fraud`:      stranger, viewer, maintainer, owner, admin,
#          then the tokens of a viewer, an owner and an admin, and an owner's to administer.
WHO = (
    *("mallory", "carol", "dave", "alice", "admin"),
    *("carol's token", "alice's token", "admin's", "alice's to administer"),
)
EVERYBODY = (1, 1, 1, 1, 1, 1, 1, 1, 1)
IN_PERSON = (1, 1, 1, 1, 1, 0, 0, 0, 0)
ADMINISTRATORS = (0, 0, 0, 0, 1, 0, 0, 0, 0)
READERS = (0, 1, 1, 1, 1, 1, 1, 0, 0)
OVERSEERS = (0, 0, 0, 1, 1, 0, 1, 0, 0)
AUTHORITIES = (0, 0, 0, 1, 1, 0, 0, 0, 1)
GIVERS = (0, 0, 0, 1, 0, 0, 0, 0, 0)
READING = (0, 1, 1, 1, 0, 1, 1, 0, 0)
WRITING = (0, 0, 1, 1, 0, 0, 1, 0, 0)
KEEPERS = (0, 1, 1, 1, 0, 0, 0, 0, 0)
CURATORS = (0, 0, 1, 1, 0, 0, 0, 0, 0)
TABLE = {
    "sessions.end": IN_PERSON,
    "sessions.list": IN_PERSON,
    "sessions.end_others": IN_PERSON,
    "sessions.end_all_of": ADMINISTRATORS,
    "sign_in_delays.list": ADMINISTRATORS,
    "sign_in_delays.clear": ADMINISTRATORS,
    "me.read": EVERYBODY,
    "me.update": IN_PERSON,
    "me.password": IN_PERSON,
    "me.identities": IN_PERSON,
    "status.read": EVERYBODY,
    "openapi.read": EVERYBODY,
    "users.list": ADMINISTRATORS,
    "users.create": ADMINISTRATORS,
    "users.update": ADMINISTRATORS,
    "users.delete": ADMINISTRATORS,
    "invitations.list": ADMINISTRATORS,
    "invitations.create": ADMINISTRATORS,
    "invitations.revoke": ADMINISTRATORS,
    "claim_rules.list": ADMINISTRATORS,
    "claim_rules.create": ADMINISTRATORS,
    "claim_rules.delete": ADMINISTRATORS,
    "identities.list": ADMINISTRATORS,
    "identities.link": ADMINISTRATORS,
    "identities.unlink": ADMINISTRATORS,
    "projects.list": EVERYBODY,
    "projects.create.everyone": IN_PERSON,
    "projects.create.administrators": ADMINISTRATORS,
    "projects.read": READERS,
    "projects.update": OVERSEERS,
    "projects.delete": AUTHORITIES,
    "deleted_projects.list": EVERYBODY,
    "deleted_projects.restore": AUTHORITIES,
    "artifacts.download": READING,
    "trash.list": READING,
    "trash.restore.runs": WRITING,
    "trash.restore.experiments": WRITING,
    "trash.restore.models": WRITING,
    "views.list": READING,
    "views.read": READING,
    "views.create": KEEPERS,
    "views.create.shared": CURATORS,
    "views.update": KEEPERS,
    "views.update.shared": CURATORS,
    "views.delete": KEEPERS,
    "views.delete.shared": CURATORS,
    "usage.read": READERS,
    "usage.list": ADMINISTRATORS,
    "usage.near": EVERYBODY,
    "quotas.set": ADMINISTRATORS,
    "quotas.reset": ADMINISTRATORS,
    "members.list": READERS,
    "members.set": OVERSEERS,
    "members.set.senior": AUTHORITIES,
    "members.remove": OVERSEERS,
    "requests.create": IN_PERSON,
    "requests.count": EVERYBODY,
    "requests.list": OVERSEERS,
    "requests.grant": AUTHORITIES,
    "requests.decline": OVERSEERS,
    "member_groups.list": READERS,
    "member_groups.read": READERS,
    "member_groups.set": OVERSEERS,
    "member_groups.set.senior": AUTHORITIES,
    "member_groups.remove": OVERSEERS,
    "groups.list": EVERYBODY,
    "groups.read": EVERYBODY,
    "groups.create": ADMINISTRATORS,
    "groups.update": ADMINISTRATORS,
    "groups.delete": ADMINISTRATORS,
    "group_people.list": EVERYBODY,
    "group_people.add": ADMINISTRATORS,
    "group_people.remove": ADMINISTRATORS,
    "explain.self": READERS,
    "explain.others": OVERSEERS,
    "access.list": READERS,
    "permissions.list": ADMINISTRATORS,
    "tokens.list": IN_PERSON,
    "tokens.create": IN_PERSON,
    "tokens.rotate": IN_PERSON,
    "tokens.delete": IN_PERSON,
    "tokens.all": ADMINISTRATORS,
    "tokens.find": ADMINISTRATORS,
    "tokens.revoke": ADMINISTRATORS,
    "tokens.project": OVERSEERS,
    "tokens.project.revoke": OVERSEERS,
    "service_accounts.list": OVERSEERS,
    "service_accounts.create": GIVERS,
    "service_accounts.update": GIVERS,
    "service_accounts.delete": OVERSEERS,
    "service_accounts.tokens.list": OVERSEERS,
    "service_accounts.tokens.create": GIVERS,
    "service_accounts.tokens.rotate": GIVERS,
    "service_accounts.tokens.delete": OVERSEERS,
    "experiments.list": EVERYBODY,
    "runs.list": EVERYBODY,
    "models.list": EVERYBODY,
    "traces.list": EVERYBODY,
    "runs.query": EVERYBODY,
    "runs.columns": EVERYBODY,
    "metrics.curves": EVERYBODY,
    "audit.list": ADMINISTRATORS,
    "audit.project": OVERSEERS,
    "audit.verify": ADMINISTRATORS,
    "system.read": ADMINISTRATORS,
}


@pytest.fixture
def cast(principal: MakePrincipal) -> dict[str, Principal]:
    """Everybody of WHO."""
    people = (
        principal(),
        principal(Role.VIEWER),
        principal(Role.MAINTAINER),
        principal(Role.OWNER),
        principal(administrator=True),
        principal(Role.VIEWER, via=Via.TOKEN),
        principal(Role.OWNER, via=Via.TOKEN),
        principal(administrator=True, via=Via.TOKEN),
        principal(Role.OWNER, via=Via.TOKEN, actions=frozenset({Action.ADMINISTER})),
    )
    return dict(zip(WHO, people, strict=True))


@pytest.mark.parametrize("operation", TABLE)
def test_an_operation_is_for_exactly_whom_the_table_says(
    cast: dict[str, Principal], operation: str
) -> None:
    verdicts = tuple(int(allow(one, operation, "fraud").allowed) for one in cast.values())
    assert verdicts == TABLE[operation]


def test_the_table_is_about_every_operation() -> None:
    assert set(TABLE) == set(OPERATIONS)


def test_an_operation_nobody_wrote_down_is_a_mistake_not_a_yes(principal: MakePrincipal) -> None:
    with pytest.raises(KeyError):
        allow(principal(Role.OWNER, administrator=True), "projects.burn", "fraud")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_member_may_what_the_role_includes(
    principal: MakePrincipal, role: Role, action: Action
) -> None:
    decision = decide(principal(role), action, "fraud")
    if action in ROLE_ACTIONS[role]:
        assert (decision.allowed, decision.reason) == (True, f"role_{role}")
    else:
        assert (decision.allowed, decision.reason, decision.hidden) == (
            False,
            "role_too_low",
            False,
        )
        assert f"'{action}'" in decision.message


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_token_only_subtracts(principal: MakePrincipal, role: Role, action: Action) -> None:
    program = principal(role, via=Via.TOKEN, actions=NARROW)
    decision = decide(program, action, "fraud")
    assert decision.allowed == (action in ROLE_ACTIONS[role] and action in NARROW)
    if action in ROLE_ACTIONS[role] and not decision.allowed:
        assert decision.reason == "token_too_narrow"
    assert allowed_actions(program, "fraud") == ROLE_ACTIONS[role] & NARROW


@pytest.mark.parametrize("administrator", [False, True])
@pytest.mark.parametrize("action", Action)
def test_a_project_of_others_is_hidden_from_everybody(
    principal: MakePrincipal, administrator: bool, action: Action
) -> None:
    decision = decide(principal(administrator=administrator), action, "fraud")
    assert (decision.allowed, decision.hidden) == (False, True)
    assert allowed_actions(principal(administrator=administrator), "fraud") == frozenset()


def test_a_role_in_one_project_says_nothing_about_another(principal: MakePrincipal) -> None:
    for slug in ("risk", "fraud ", "Fraud", "", "default"):
        assert not decide(principal(Role.OWNER), Action.READ, slug).allowed


def test_every_no_has_a_reason_and_a_sentence(cast: dict[str, Principal]) -> None:
    for operation in OPERATIONS:
        for one in cast.values():
            decision = allow(one, operation, "fraud")
            assert decision.reason
            assert decision.allowed or decision.message.endswith(".")


@given(
    role=st.sampled_from(Role),
    action=st.sampled_from(Action),
    actions=st.none() | st.frozensets(st.sampled_from(Action)),
    via=st.sampled_from(Via),
    administrator=st.booleans(),
)
def test_what_is_decided_and_what_is_shown_agree(
    role: Role, action: Action, actions: frozenset[Action] | None, via: Via, administrator: bool
) -> None:
    one = Principal(
        user_id=1,
        username="alice",
        administrator=administrator,
        via=via,
        token_actions=actions,
        grants={"fraud": Grant(1, "fraud", role)},
    )
    shown = action in allowed_actions(one, "fraud")
    assert decide(one, action, "fraud").allowed == shown
    assert not shown or action in ROLE_ACTIONS[role]


def one_run(principal: MakePrincipal, role: Role = Role.OWNER, **more: bool) -> Principal:
    """A token of the run "a", as they are made."""
    made = principal(role, via=Via.TOKEN, actions=NARROW, **more)
    return replace(made, token_run_id="a")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_of_one_run_uses_no_operation_of_the_rest_for_people(
    principal: MakePrincipal, operation: str
) -> None:
    decision = allow(one_run(principal, administrator=True), operation, "fraud")
    assert (decision.allowed, decision.reason) == (False, "token_of_one_run")


@pytest.mark.parametrize("action", Action)
def test_a_token_of_one_run_reads_and_logs_and_says_so(
    principal: MakePrincipal, action: Action
) -> None:
    decision = decide(one_run(principal), action, "fraud")
    assert decision.allowed == (action in NARROW)
    assert decision.allowed or decision.reason == "token_of_one_run"


@pytest.mark.parametrize(
    ("runs", "elsewhere", "allowed"),
    [
        ({"a"}, False, True),
        (["a", "a"], False, True),
        ({"a"}, True, False),
        ({"b"}, False, False),
        ({"a", "b"}, False, False),
        ({""}, False, False),
        ({"A"}, False, False),
        ((), False, False),
    ],
)
def test_a_token_of_one_run_is_for_that_run_alone(
    principal: MakePrincipal, runs: Collection[str], elsewhere: bool, allowed: bool
) -> None:
    decision = decide_run(one_run(principal), runs, writes_elsewhere=elsewhere)
    assert decision.allowed == allowed
    assert allowed or (decision.reason, decision.hidden) == ("token_of_one_run", False)


def test_other_principals_are_about_any_run(principal: MakePrincipal) -> None:
    assert decide_run(principal(Role.VIEWER), (), writes_elsewhere=True).allowed


def test_an_administrator_gives_no_credentials_of_a_project_of_others(
    principal: MakePrincipal,
) -> None:
    decision = allow(principal(administrator=True), "service_accounts.create", "fraud")
    assert (decision.reason, decision.hidden) == ("owners_only", False)
    owner = allow(principal(Role.OWNER, administrator=True), "service_accounts.create", "fraud")
    assert owner.allowed

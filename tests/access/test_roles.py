"""The four roles, against a table written by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from uac_api.access.decisions.roles import ROLE_ACTIONS, Action, Role

TABLE = {
    #               read log  reg  prom del  manage administer
    "viewer":      (1,   0,   0,   0,   0,   0,     0),
    "contributor": (1,   1,   1,   0,   0,   0,     0),
    "maintainer":  (1,   1,   1,   1,   1,   0,     0),
    "owner":       (1,   1,   1,   1,   1,   1,     1),
}  # fmt: skip
ACTIONS = ("read", "log", "register", "promote", "delete", "manage", "administer")


@pytest.mark.parametrize("role", TABLE)
@pytest.mark.parametrize(("place", "action"), list(enumerate(ACTIONS)))
def test_a_role_may_exactly_what_the_table_says(role: str, place: int, action: str) -> None:
    assert (Action(action) in ROLE_ACTIONS[Role(role)]) == bool(TABLE[role][place])


def test_the_table_is_about_every_role_and_action() -> None:
    assert tuple(Role) == tuple(TABLE)
    assert tuple(Action) == ACTIONS
    assert set(ROLE_ACTIONS) == set(Role)


def test_a_higher_role_may_all_that_a_lower_one_may() -> None:
    steps = [ROLE_ACTIONS[role] for role in Role]
    assert all(low < high for low, high in pairwise(steps))

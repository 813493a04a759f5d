"""The requests that are replayed by strangers and viewers are real: alice's own work."""

from __future__ import annotations

import pytest

from conftest import Stack
from people import Person
from replay import OPEN, WAYS, Estate, asks, new_estate, swaps
from replay.view import family, reading, view, writing
from uac_api.access.decisions.roles import Action
from uac_api.proxy.rules import Rule

# What MLflow answers where files are kept in a folder and not in a store of objects.
NO_STORE = {"mpu/create", "mpu/complete", "mpu/abort", "presigned-upload-url"}
# It calls the address of the webhook, which is not ours.
CALLS_OUT = ("/webhooks/{webhook_id}/test",)
# Of other rows' things: after these, they would find nothing.
ENDS = (
    "POST /api/2.0/mlflow/runs/delete",
    "POST /api/2.0/mlflow/registered-models/rename",
    "DELETE /api/2.0/mlflow/webhooks/{webhook_id}",
    "DELETE /api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    "POST /api/3.0/mlflow/review-queues/items/remove",
)
# What shows that something was written, where it is not the row's own family.
SHOWN_BY = {"upload-artifact": "artifacts", "v1": "traces"}


def is_shown(rule: Rule) -> bool:
    """Whether alice would see that the row was carried out."""
    return not rule.path.endswith(CALLS_OUT) and not any(one in rule.path for one in NO_STORE)


def ends(rule: Rule) -> bool:
    """Whether the row takes something away that other rows need."""
    return rule.action is Action.DELETE or rule.operation in ENDS


@pytest.fixture(scope="module")
def sacrifice(stack: Stack) -> Estate:
    """A project of alice's in which everything is written and nothing ended."""
    return new_estate(stack.person("alice"))


def test_every_open_row_has_a_way_to_be_asked() -> None:
    assert {rule.operation for rule in OPEN} == set(WAYS)


def test_the_reading_rows_give_alice_every_word(alice: Person, sacrifice: Estate) -> None:
    # Without this, strangers could be refused only because their requests ask for nothing.
    text = "".join(view(alice, sacrifice).values())
    assert [word for word in sacrifice.words if word not in text] == []


@pytest.mark.parametrize(
    "rule", [one for one in writing() if is_shown(one)], ids=lambda r: r.operation
)
def test_each_writing_row_changes_what_alice_sees(
    alice: Person, sacrifice: Estate, rule: Rule
) -> None:
    estate = new_estate(alice) if ends(rule) else sacrifice
    shown = SHOWN_BY.get(family(rule), family(rule))
    rows = [one for one in reading() if family(one) == shown]
    before = view(alice, estate, rows)
    replies = [ask.by(alice, estate.slug) for ask in asks(rule, estate)]
    assert replies[0].status in (200, 204), replies[0].body
    assert view(alice, estate, rows) != before


def test_one_thing_at_a_time_is_swapped(sacrifice: Estate, alice: Person) -> None:
    other = new_estate(alice)
    batch = next(rule for rule in OPEN if rule.path.endswith("log-batch"))
    own, hers = asks(batch, other)[0], asks(batch, sacrifice)[0]
    said = [swapped.body for swapped in swaps(own, hers)]
    assert [(one or {})["run_id"] for one in said] == [sacrifice.run, other.run]
    assert [(one or {})["metrics"][0]["model_id"] for one in said] == [
        other.model,
        sacrifice.model,
    ]

"""The author of what is logged is the caller, whatever the client says."""

from __future__ import annotations

import json

import pytest

from content import Content, done, new_model, new_run, new_trace, tags, v3
from people import Person
from uac_api.errors import BadRequest
from uac_api.proxy.effects import authorship
from uac_api.proxy.request.call import Call
from uac_api.proxy.rules import Stamp

# What MySQL's usual collations take for the same key as `mlflow.user`.
TWINS = [
    "mlflow.user",
    "MLFLOW.User",
    "mlflow.user ",
    "mlflow.usér",
    "mlflow.\uff55\uff53\uff45\uff52",
]
FORGED = {"key": "mlflow.user", "value": "ceo"}


def stamped(kind: Stamp, document: object, raw: bytes | None = None) -> object:
    """The document that MLflow gets of this one, sent by bob."""
    call = Call("POST", (), None, (), {}, body=raw or json.dumps(document).encode())
    return json.loads(authorship.stamp(call, kind, "bob").body or b"")


@pytest.mark.parametrize("key", TWINS)
@pytest.mark.parametrize("shape", ["tag", "tags"])
def test_an_author_tag_in_any_spelling_gets_the_callers_name(key: str, shape: str) -> None:
    tag = {"key": key, "value": "ceo"}
    sent, got = tag, {"key": key, "value": "bob"}
    if shape == "tags":
        sent, got = {"run_id": "r", "tags": [tag]}, {"run_id": "r", "tags": [got]}  # type: ignore[dict-item]
    assert stamped(Stamp.TAGS, sent) == got


def test_an_author_tag_spelled_by_escapes_is_found() -> None:
    raw = b'{"key": "mlflow.\\u0075ser", "value": "ceo"}'
    assert stamped(Stamp.TAGS, None, raw) == {"key": "mlflow.user", "value": "bob"}


def test_other_tags_stay_as_they_are() -> None:
    sent = {"tags": [{"key": "mlflow.username", "value": "é"}, {"key": "user", "value": "ceo"}]}
    assert stamped(Stamp.TAGS, sent) == sent


def test_the_two_spellings_of_user_id_become_one() -> None:
    sent = {"experiment_id": "1", "userId": "ceo", "tags": [FORGED, {"key": "a", "value": "b"}]}
    assert stamped(Stamp.RUN, sent) == {
        "experiment_id": "1",
        "user_id": "bob",
        "tags": [{"key": "a", "value": "b"}, {"key": "mlflow.user", "value": "bob"}],
    }


def test_both_spellings_of_user_id_at_once_are_refused() -> None:
    with pytest.raises(BadRequest):
        stamped(Stamp.RUN, {"user_id": "ceo", "userId": "cto"})


@pytest.mark.parametrize("key", TWINS)
def test_the_author_tag_cannot_be_removed_in_any_spelling(key: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        stamped(Stamp.KEEP, {"run_id": "r", "key": key})
    assert refusal.value.reason == "author_tag"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"user_id": "ceo"},
        {"userId": "ceo"},
        {"tags": [FORGED]},
        {"user_id": "ceo", "tags": [FORGED, FORGED]},
    ],
)
def test_a_new_run_is_its_callers(bob: Person, filled: Content, fields: dict[str, object]) -> None:
    run = new_run(bob, filled.slug, filled.experiment, **fields)
    assert run["info"]["user_id"] == "bob"
    assert [tag for tag in run["data"]["tags"] if tag["key"] == "mlflow.user"] == [
        {"key": "mlflow.user", "value": "bob"}
    ]


@pytest.mark.parametrize("path", ["runs/set-tag", "runs/log-batch"])
def test_the_author_of_a_run_cannot_be_changed_to_somebody_else(
    bob: Person, filled: Content, path: str
) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    body = {"run_id": run, **(FORGED if path == "runs/set-tag" else {"tags": [FORGED]})}
    done(bob.mlflow(filled.slug, "POST", path, body))
    assert tags(bob, filled.slug, run)["mlflow.user"] == "bob"


def test_the_author_tag_of_a_run_stays(bob: Person, filled: Content) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    body = {"run_id": run, "key": "mlflow.user"}
    reply = bob.mlflow(filled.slug, "POST", "runs/delete-tag", body)
    assert (reply.status, reply.json["reason"]) == (400, "author_tag")
    assert tags(bob, filled.slug, run)["mlflow.user"] == "bob"
    done(bob.mlflow(filled.slug, "POST", "runs/set-tag", {**body, "key": "a", "value": "b"}))
    done(bob.mlflow(filled.slug, "POST", "runs/delete-tag", {**body, "key": "a"}))
    assert "a" not in tags(bob, filled.slug, run)


def model_tags(person: Person, slug: str, model: str) -> dict[str, str]:
    """The tags of a logged model."""
    info = done(person.mlflow(slug, "GET", f"logged-models/{model}"))["model"]["info"]
    return {tag["key"]: tag["value"] for tag in info.get("tags", [])}


def test_the_author_of_a_logged_model_is_its_caller_and_stays(bob: Person, filled: Content) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    model = new_model(bob, filled.slug, filled.experiment, run, tags=[FORGED])
    assert model_tags(bob, filled.slug, model)["mlflow.user"] == "bob"
    path = f"logged-models/{model}/tags"
    done(bob.mlflow(filled.slug, "PATCH", path, {"tags": [FORGED]}))
    assert model_tags(bob, filled.slug, model)["mlflow.user"] == "bob"
    assert bob.mlflow(filled.slug, "DELETE", f"{path}/mlflow.user").status == 400
    assert model_tags(bob, filled.slug, model)["mlflow.user"] == "bob"


def test_the_author_of_a_trace_is_its_caller(bob: Person, filled: Content) -> None:
    forged = {"mlflow.user": "ceo"}
    trace = new_trace(
        bob, filled.slug, filled.experiment, trace_metadata=dict(forged), tags=dict(forged)
    )
    info = done(v3(bob, filled.slug, "GET", f"traces/{trace}"))["trace"]["trace_info"]
    assert info["trace_metadata"]["mlflow.user"] == "bob"
    assert info["tags"]["mlflow.user"] == "bob"

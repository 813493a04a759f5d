"""A request that MLflow would read only in part is refused, on every row of the table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from content import Content, done, new_run, tags, v3
from people import Person
from processes import ROOT
from recording import SLUG, NarrowProxy
from uac_api.errors import BadRequest
from uac_api.proxy.request.call import Call
from uac_api.proxy.request.fields import spellings
from uac_api.proxy.request.messages import FOLDER, Messages, camel
from uac_api.proxy.rules import NEWEST, RULES, VERSIONS, Rule
from uac_api.proxy.rules.reading import (
    FAMILIES,
    OF_OTHERS,
    READING,
    Fields,
    Named,
    Reads,
    reading,
)

JSON = {"Content-Type": "application/json"}
DATA = json.loads((FOLDER / f"{NEWEST}.json").read_text())
MESSAGES = Messages()
READ_AS_MESSAGES = [rule for rule in RULES if MESSAGES.of(rule) is not None and not rule.streamed]
# What no field of text takes, and what nothing takes that is neither a list nor any JSON.
NO_TEXT: Any = 5
NO_LIST: Any = []
MOST_LEVELS = 4


def kinds_of(rule: Rule) -> Mapping[str, str]:
    """The fields of a row's body or query, in the words of the data."""
    name = MESSAGES.names[rule.operation]
    match reading(rule):
        case Fields(kinds) if name is None:
            return kinds
        case Named(message) if name is None:
            name = message
    assert name is not None
    described: dict[str, str] = DATA["messages"][name]
    return described


def unreadable(kinds: Mapping[str, str], levels: int = 0) -> Iterator[tuple[str, Any]]:
    """Each field of a message and of those below it: its path, and a body that spoils it."""
    for name, kind in kinds.items():
        *words, single = kind.split()
        below = DATA["messages"].get(single)
        listed, mapped = "repeated" in words, "map" in words
        around = f"{name}[0]" if listed else f"{name}.a" if mapped else name

        def inside(value: Any, name: str = name, kind: tuple[bool, bool] = (listed, mapped)) -> Any:
            return {name: [value] if kind[0] else {"a": value} if kind[1] else value}

        if listed or mapped:
            yield name, {name: "not a list, not an object"}
            yield around, inside(None)
        if below is None:
            # Whatever it is, JSON takes a Value.
            if single != "google.protobuf.Value":
                yield around, inside(NO_TEXT if single == "string" else NO_LIST)
            continue
        yield around, inside(NO_LIST)
        if levels < MOST_LEVELS:
            for path, value in unreadable(below, levels + 1):
                yield f"{around}.{path}", inside(value)


def refusal(rule: Rule, document: Any = None, query: tuple[tuple[str, str], ...] = ()) -> str:
    """Why the call is refused; fails if it is not, or not as unreadable."""
    body = None if document is None else json.dumps(document).encode()
    call = Call(rule.method, (), None, tuple(query), {}, body=body)
    with pytest.raises(BadRequest) as refused:
        MESSAGES.check(call, rule, None if document is None else call.check_json())
    assert refused.value.reason == "unreadable_field"
    return refused.value.message


@pytest.mark.parametrize("rule", READ_AS_MESSAGES, ids=lambda rule: rule.operation)
def test_one_unparsable_value_in_any_field_refuses_the_call(rule: Rule) -> None:
    if rule.method != "GET":
        for path, document in unreadable(kinds_of(rule)):
            assert refusal(rule, document).startswith(f"'{path}' must be "), document
        return
    for name, kind in kinds_of(rule).items():
        if not kind.endswith("string"):
            message = refusal(rule, query=((name, "nothing"),))
            assert message.startswith(f"'{name}"), kind


@pytest.mark.parametrize(
    "rule", [one for one in READ_AS_MESSAGES if one.feature is None], ids=lambda one: one.operation
)
def test_the_door_forwards_nothing_of_a_call_that_cannot_be_read(
    proxy: NarrowProxy, rule: Rule
) -> None:
    path = re.sub(r"\{\w+(:path)?\}", "7", rule.path)
    if rule.ajax:
        path = path.replace("/api/", "/ajax-api/", 1)
    sent = list(unreadable(kinds_of(rule)))[:1]
    if rule.method == "GET":
        queries = [name for name, kind in kinds_of(rule).items() if not kind.endswith("string")]
        sent = [(name, None) for name in queries[:1]]
    for name, document in sent:
        query = f"?{quote(name)}=nothing" if document is None else ""
        reply = proxy.alice.ask(rule.method, f"/projects/{SLUG}{path}{query}", document)
        assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert reply.json["reason"] == "unreadable_field"
        assert f"'{name}'" in reply.json["message"]
        assert proxy.upstream.seen == []


def test_every_row_is_a_message_or_says_what_it_is() -> None:
    plain = {rule.operation for rule in RULES if MESSAGES.names[rule.operation] is None}
    assert [rule.operation for rule in RULES if rule.operation in plain and not reading(rule)] == []
    assert READING.keys() - plain == set(), "in both, or no row at all"
    assert [path for path in FAMILIES if not any(one.path.startswith(path) for one in RULES)] == []


def test_a_row_with_a_body_that_is_no_message_is_a_file_or_refused_as_a_whole() -> None:
    whole = (Reads.FILE, Reads.SPANS, Reads.JSON, Reads.GRAPHQL)
    for rule in RULES:
        if rule.method == "GET" or MESSAGES.of(rule) is not None:
            continue
        how = reading(rule)
        # A DELETE, and the end of a job, are told by their address alone.
        assert how in whole or (how is Reads.NOTHING and rule.method == "PATCH"), rule.operation


def test_the_authors_field_of_a_stamped_row_is_read_as_a_message_or_as_a_whole() -> None:
    stamped = [rule for rule in RULES if rule.stamp is not None]
    assert len(stamped) > 20
    for rule in stamped:
        assert MESSAGES.of(rule) is not None or reading(rule) is Reads.JSON, rule.operation


def test_the_data_is_what_the_installed_mlflow_describes() -> None:
    program = (
        "import sys; from importlib.metadata import version; from importlib.util import find_spec;"
        "from tools.documents import mlflow_messages as m;"
        "m.stand_in_for_mlflow(find_spec('mlflow').submodule_search_locations[0]);"
        "sys.stdout.write(m.document(m.describe(version('mlflow'))))"
    )
    written = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, timeout=120
    ).stdout.decode()
    version = json.loads(written)["version"]
    assert (FOLDER / f"{version}.json").read_text() == written, (
        "run python -m tools.documents.mlflow_messages"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_mlflow_reads_a_part_of_what_the_newest_reads(version: str) -> None:
    older = json.loads((FOLDER / f"{version}.json").read_text())
    assert older["version"] == version
    assert older["rows"].items() <= DATA["rows"].items()
    assert older["enums"] == DATA["enums"], "a new name of an enum means nothing to the older one"
    for name, kinds in older["messages"].items():
        assert kinds.items() <= DATA["messages"][name].items(), name


def test_protobuf_and_the_judge_spell_a_field_alike() -> None:
    names = {name for kinds in DATA["messages"].values() for name in kinds}
    assert [one for one in names if camel(one) != spellings(one)[-1]] == []


# What the issue was shown by, with the field that the refusal must name.
PARTIAL_RUNS: list[tuple[str, str]] = [
    ('"start_time": 1.5', "start_time"),
    ('"start_time": 99999999999999999999', "start_time"),
    ('"tags": [{"key": "a", "value": 5}]', "tags[0].value"),
    ('"tags": [{"key": "a", "value": "b"}, {"key": {}}]', "tags[1].key"),
    ('"tags": [null]', "tags[0]"),
    ('"tags": ["key"]', "tags[0]"),
    ('"tags": [[]]', "tags[0]"),
    ('"tags": {"key": "a"}', "tags"),
    ('"run_name": "x \\ud83d"', "run_name"),
    ('"runName": ["x"]', "runName"),
    ('"[mlflow.user]": 1', "[mlflow.user]"),
]


@pytest.mark.parametrize(("spoiled", "field"), PARTIAL_RUNS)
def test_no_run_begins_that_would_be_without_its_author(
    bob: Person, filled: Content, spoiled: str, field: str
) -> None:
    raw = f'{{"experiment_id": "{filled.experiment}", {spoiled}, "user_id": "ceo"}}'.encode()
    before = runs(bob, filled)
    reply = bob.mlflow(filled.slug, "POST", "runs/create", raw=raw, headers=JSON)
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_field")
    assert reply.json["message"].startswith(f"'{field}' must be ")
    assert runs(bob, filled) == before


def runs(person: Person, content: Content) -> set[str]:
    """The runs of the project's experiment."""
    body = {"experiment_ids": [content.experiment], "max_results": 1000}
    found = done(person.mlflow(content.slug, "POST", "runs/search", body)).get("runs", [])
    return {one["info"]["run_id"] for one in found}


def test_no_batch_is_stored_in_part(bob: Person, filled: Content) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    params = [{"key": f"p{i}", "value": i if i == 3 else "x"} for i in range(6)]
    body = {"run_id": run, "params": params, "tags": [{"key": "mine", "value": "y"}]}
    reply = bob.mlflow(filled.slug, "POST", "runs/log-batch", body)
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_field")
    assert reply.json["message"].startswith("'params[3].value' must be a text")
    assert "mine" not in tags(bob, filled.slug, run)
    for twice in ("params", "tags"):
        raw = f'{{"run_id": "{run}", "{twice}": [], "{twice}": [{{"key":"a","value":"b"}}]}}'
        reply = bob.mlflow(filled.slug, "POST", "runs/log-batch", raw=raw.encode(), headers=JSON)
        assert (reply.status, reply.json["reason"]) == (400, "field_twice")


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("runs/update", {"end_time": "soon", "status": "FAILED"}, "end_time"),
        ("runs/update", {"status": "DONE"}, "status"),
        ("runs/search", {"filter": 5}, "filter"),
        ("runs/search", {"run_view_type": "EVERYTHING"}, "run_view_type"),
        ("runs/log-metric", {"key": "a", "value": float("nan"), "timestamp": 1}, "value"),
        ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 2**63}, "timestamp"),
    ],
)
def test_a_field_that_mlflow_would_drop_is_named(
    bob: Person, filled: Content, path: str, fields: dict[str, Any], field: str
) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    named = {} if path == "runs/search" else {"run_id": run}
    reply = bob.mlflow(filled.slug, "POST", path, {**named, **fields})
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_field")
    assert reply.json["message"].startswith(f"'{field}' must be ")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("traces", {"request_preview": "x \ud83d"}, "trace.trace_info.request_preview"),
        ("traces", {"trace_metadata": {"a": 5}}, "trace.trace_info.trace_metadata.a"),
        ("traces", {"request_time": "now"}, "trace.trace_info.request_time"),
        ("issues", {"name": "n", "description": 5, "created_by": "ceo"}, "description"),
        ("issues", {"name": "n", "description": "d", "created_by": ["ceo"]}, "created_by"),
    ],
)
def test_a_trace_and_an_issue_are_their_callers_or_are_not_made(
    bob: Person, filled: Content, path: str, body: dict[str, Any], field: str
) -> None:
    place = {"mlflow_experiment": {"experiment_id": filled.experiment}}
    info = {"trace_location": {"type": "MLFLOW_EXPERIMENT", **place}, "trace_id": "tr-1", **body}
    trace: dict[str, Any] = {"trace": {"trace_info": info}}
    issue = {"experiment_id": filled.experiment, **body}
    whole = trace if path == "traces" else issue
    reply = v3(bob, filled.slug, "POST", path, whole)
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_field")
    assert reply.json["message"].startswith(f"'{field}' must be ")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("max_results=abc", "unreadable_field"),
        ("max_results=99999999999999999999", "unreadable_field"),
        ("max_results=5&view_type=EVERYTHING", "unreadable_field"),
        ("max_results=5&max_results=6", "field_twice"),
    ],
)
def test_a_query_that_mlflow_would_read_in_part_is_refused(
    bob: Person, filled: Content, query: str, reason: str
) -> None:
    reply = bob.mlflow(filled.slug, "GET", f"experiments/search?{query}")
    assert (reply.status, reply.json["reason"]) == (400, reason)


def test_what_mlflow_reads_wholly_still_passes(bob: Person, filled: Content) -> None:
    body = {"experimentId": filled.experiment, "start_time": "1700000000000", "run_name": "🦊 é"}
    run = done(bob.mlflow(filled.slug, "POST", "runs/create", body))
    assert run["run"]["info"]["user_id"] == "bob"
    named = {"run_id": run["run"]["info"]["run_id"], "key": "loss", "timestamp": 1.0, "step": None}
    for value in ("NaN", "-Infinity", 1, 0.5, "1e-3"):
        done(bob.mlflow(filled.slug, "POST", "runs/log-metric", {**named, "value": value}))


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("runs/create", {"later": {"a": [1]}}, "later"),
        ("runs/create", {"run_name_": None}, "run_name_"),
        ("runs/create", {"tags": [{"key": "a", "value": "b", "who": 1}]}, "tags[0].who"),
        ("runs/log-batch", {"metrics": [{"key": "a", "values": [1]}]}, "metrics[0].values"),
        ("runs/search", {"run_id": "x"}, "run_id"),
        ("runs/search", {"runIds": ["x"]}, "runIds"),
    ],
)
def test_a_field_that_no_mlflow_has_is_refused_with_its_path(
    proxy: NarrowProxy, path: str, body: dict[str, Any], field: str
) -> None:
    reply = proxy.alice.mlflow(SLUG, "POST", path, body)
    assert (reply.status, reply.json["reason"]) == (400, "unknown_field")
    assert reply.json["message"].startswith(f"'{field}' is no field of this request")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("rule", READ_AS_MESSAGES, ids=lambda rule: rule.operation)
def test_an_unknown_field_is_refused_on_every_row_with_a_body(rule: Rule) -> None:
    if rule.method == "GET":
        return
    document: dict[str, Any] = {"no_such_field": [{}]}
    call = Call(rule.method, (), None, (), {}, body=json.dumps(document).encode())
    with pytest.raises(BadRequest) as refused:
        MESSAGES.check(call, rule, call.check_json())
    assert refused.value.reason == "unknown_field"


def test_a_field_of_another_version_of_mlflow_passes() -> None:
    # What only 3.18 reads passes to 3.17.2, which ignores it; so does what 3.5 still sent.
    newer = MESSAGES.named("mlflow.issues.SearchIssues")
    newer({"experiment_id": "1", "order_by": ["name"]}, 1)
    for name, fields in OF_OTHERS.items():
        for field in fields:
            MESSAGES.named(name)({field: "x", camel(field): "y"}, 1)
    assert [name for name in OF_OTHERS if name not in DATA["messages"]] == []

"""A filter, an order or a pattern that could keep a server busy is refused, on every row."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlparse
from hypothesis import given, settings
from hypothesis import strategies as st

from content import Content, v3
from people import Person
from recording import SLUG, NarrowProxy, Said
from uac_api.errors import BadRequest
from uac_api.mlflow import filters
from uac_api.proxy.checks.checks import FILTERS, ORDERS
from uac_api.proxy.request.messages import FOLDER, Messages
from uac_api.proxy.rules import NEWEST, RULES, Check, Rule

DATA = json.loads((FOLDER / f"{NEWEST}.json").read_text())
MESSAGES = Messages()
FILTERED = [rule for rule in RULES if Check.FILTER in rule.checks]
NAMES = [name.removesuffix(".*") for name in FILTERS]
# What the proxy's data does not describe: the skill registry's fields, which FastAPI reads.
OF_SKILLS = {"filter_string": "string", ORDERS: "repeated string"}
BACKWARDS = r"tags.x RLIKE '(a+)\1$'"


def fields_of(rule: Rule) -> dict[str, str]:
    """The fields of a row by which things are filtered or ordered."""
    name = MESSAGES.names[rule.operation]
    kinds = DATA["messages"][name] if name else OF_SKILLS if "/skills" in rule.path else {}
    return {one: kinds[one] for one in (*NAMES, ORDERS) if one in kinds}


def refusal(text: str) -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        filters.check(text)
    return refused.value


def test_every_row_that_filters_or_orders_is_checked() -> None:
    for rule in RULES:
        name = MESSAGES.names[rule.operation]
        kinds = DATA["messages"][name] if name else {}
        filtering = [one for one in kinds if "filter" in one or one.startswith("order")]
        assert not filtering or Check.FILTER in rule.checks, rule.operation
        assert set(filtering) <= {*NAMES, ORDERS}, "a field that the check does not know"
    assert len(FILTERED) > 15


@pytest.mark.parametrize("rule", FILTERED, ids=lambda rule: rule.operation)
def test_each_field_of_each_row_refuses_a_pattern_that_goes_back(
    proxy: NarrowProxy, rule: Rule
) -> None:
    proxy.upstream.said = Said()
    asked = [name for name in fields_of(rule) if name != ORDERS]
    assert asked or "issues" not in rule.path
    path = re.sub(r"\{\w+\}", "x", rule.path)
    for name in asked:
        for spelled, pattern in ((BACKWARDS, "pattern"), ("a" * 70_000, "filter_too_large")):
            value: Any = [spelled] if fields_of(rule)[name].startswith("repeated") else spelled
            query, body = "", None
            if rule.method == "GET":
                # An address has a limit of its own.
                query = "?" + urlencode({name: value if len(spelled) < 1000 else BACKWARDS})
                pattern = "pattern"
            else:
                body = {name: value}
            reply = proxy.alice.ask(rule.method, f"/projects/{SLUG}{path}{query}", body)
            assert (reply.status, reply.json["reason"]) == (400, pattern), (name, reply.body)
    assert [seen.target for seen in proxy.upstream.seen if seen.target != "/version"] == []


@pytest.mark.parametrize(
    "rule", [rule for rule in FILTERED if ORDERS in fields_of(rule)], ids=lambda one: one.operation
)
def test_an_order_by_more_than_twenty_things_is_refused(proxy: NarrowProxy, rule: Rule) -> None:
    path = re.sub(r"\{\w+\}", "x", rule.path)
    one: Any = {"field_name": "a"} if "OrderBy" in fields_of(rule)[ORDERS] else "name"
    query, body = "", None
    if rule.method == "GET":
        query = "?" + urlencode({ORDERS: [one] * 21}, doseq=True)
    else:
        body = {ORDERS: [one] * 21}
    reply = proxy.alice.ask(rule.method, f"/projects/{SLUG}{path}{query}", body)
    assert (reply.status, reply.json["reason"]) == (400, "filter_too_large")


@pytest.mark.parametrize("written", ["filter: $filter", "filter: " + json.dumps(BACKWARDS)])
def test_graphql_has_the_same_filters(proxy: NarrowProxy, written: str) -> None:
    asked = f"mlflowSearchRuns(input: {{experimentIds: [], {written}}})"
    query = f"query Q($filter: String) {{ {asked} {{ runs {{ info {{ runId }} }} }} }}"
    body = {"query": query, "variables": {"filter": BACKWARDS}}
    reply = proxy.alice.ask("POST", f"/projects/{SLUG}/graphql", body)
    assert (reply.status, reply.json["reason"]) == (400, "pattern")
    assert proxy.upstream.seen == []


# The filter of runs is judged by the reading room itself.
@pytest.mark.parametrize("what", ["traces", "models", "experiments"])
def test_lists_over_projects_have_the_same_filters(proxy: NarrowProxy, what: str) -> None:
    reply = proxy.alice.studio("GET", f"/{what}?{urlencode({'filter': BACKWARDS})}")
    assert (reply.status, reply.json["reason"]) == (400, "pattern")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.accuracy > 0.9 AND attributes.status = 'FINISHED'",
        "tags.`mlflow.user` = \"alice\" and params.x LIKE '%a%'",
        "tags.model RLIKE '^gpt-[34](o|-mini)?$'",
        "trace.text ILIKE '%" + "what people paste " * 20 + "%'",
        "tags.note = '" + "a long text, and another " * 300 + "'",
        "tags.note = 'it says RLIKE ''(a)\\1'''",
        "attributes.run_id IN (" + ", ".join(f"'{number:032x}'" for number in range(1000)) + ")",
        " AND ".join(f"tags.k{number} = 'v'" for number in range(60)),
    ],
)
def test_what_people_and_pages_ask_passes(text: str) -> None:
    filters.check(text)


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("x" * 65_537, "filter_too_large", "64 KiB"),
        (" AND ".join(f"a{n} = 'v'" for n in range(61)), "filter_too_large", "60 conditions"),
        ("a " * 2100, "filter_too_large", "4,000 words"),
        ("name LIKE '%" + "a" * 500 + "'", "pattern", "500 characters"),
        ('tags.x rlike "' + "a" * 501 + '"', "pattern", "500 characters"),
        (r"tags.x RLIKE '(\w)\1'", "pattern", "invalid escape sequence"),
        ("tags.x RLIKE '(?!a)b'", "pattern", "without"),
        ("tags.x RLIKE '(?:a{1000}){1000}'", "pattern", "repetition"),
        ("a = 'b' AND tags.x\nRLIKE\n'('", "pattern", "missing )"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, reason: str, said: str) -> None:
    refused = refusal(text)
    assert refused.reason == reason
    assert said in refused.message


WORDS = st.sampled_from(
    [
        "tags.x",
        "RLIKE",
        "LIKE",
        "AND",
        "=",
        "'",
        '"',
        "`",
        "\\",
        "(a+)+$",
        " ",
        "''",
        "\\'",
        "(",
        ",",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_texts_end_where_mlflows_parser_ends_them(text: str) -> None:
    ours = [found["text"] for found in filters._TOKEN.finditer(text) if found["text"]]
    theirs = [
        token.value
        for statement in sqlparse.parse(text)
        for token in statement.flatten()  # type: ignore[no-untyped-call]
        if str(token.ttype).startswith("Token.Literal.String.S")
        and token.value[0] in "'\""
        and len(token.value) > 1
    ]
    plain = [one for one in ours if one[0] in "'\""]
    # A comment or a name in backticks may hold what looks like a text: then ours looks at more.
    if not {"`", "-", "#", "/"} & set(text):
        assert [one for one in theirs if one not in plain] == []


@pytest.mark.parametrize("sign", ["'", '"', "`", "\\'", "a'", "''", "(", "RLIKE '", "AND "])
def test_looking_at_a_filter_takes_no_time_itself(sign: str) -> None:
    text = (sign * filters.LONGEST_FILTER)[: filters.LONGEST_FILTER]
    began = time.process_time()
    for extra in ("", "'", "RLIKE AND LIKE"):
        try:
            filters.check((text + extra)[-filters.LONGEST_FILTER :])
        except BadRequest:
            continue
    assert time.process_time() - began < 10


def test_a_viewer_searches_by_pattern_and_is_answered(carol: Person, filled: Content) -> None:
    place = {"mlflow_experiment": {"experiment_id": filled.experiment}}
    locations = [{"type": "MLFLOW_EXPERIMENT", **place}]
    body = {"locations": locations, "filter": "trace.status RLIKE '^(O|K)+$'"}
    found = v3(carol, filled.slug, "POST", "traces/search", body)
    assert found.status == 200
    assert [one["trace_id"] for one in found.json["traces"]] == [filled.trace]
    body["filter"] = "trace.status RLIKE '^(O+)+X$'"
    assert v3(carol, filled.slug, "POST", "traces/search", body).json == {}


def test_a_stranger_is_refused_before_the_filter_is_read(mallory: Person, filled: Content) -> None:
    reply = v3(mallory, filled.slug, "POST", "traces/search", {"filter": BACKWARDS})
    assert (reply.status, reply.json["reason"]) == (404, "no_such_project")

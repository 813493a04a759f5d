"""GraphQL: a few plain queries, in the caller's own project, and nothing else of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from content import METRIC, Content, done, new_run
from people import Person, Reply
from recording import SLUG, NarrowProxy
from uac_api.proxy.checks import graphql

RUN = "run { info { runId runName } data { metrics { key value } } experiment { name } }"
GET_RUN = f"query Q($data: MlflowGetRunInput!) {{ mlflowGetRun(input: $data) {{ {RUN} }} }}"
LIST = '{ mlflowListArtifacts(input: {runId: "a", path: %s}) { files { path } } }'


def ask(person: Person, slug: str, query: object, variables: object = None) -> Reply:
    body = {"query": query, "variables": variables, "operationName": None}
    return person.ask("POST", f"/projects/{slug}/graphql", body)


def answered(reply: Reply) -> Any:
    document = done(reply)
    assert document["errors"] is None, document
    return document["data"]


# Each root field with every id it takes, and a text of the answer to its owner.
def queries(c: Content) -> dict[str, tuple[str, str]]:
    by_id = json.dumps(c.experiment)
    return {
        "mlflowGetRun": (
            f'{{ mlflowGetRun(input: {{runId: "{c.run}"}}) '
            f"{{ run {{ info {{ runName }} modelVersions {{ name }} experiment {{ name }} }} }} }}",
            c.registered,
        ),
        "mlflowGetRun by run_uuid": (
            f'{{ mlflowGetRun(input: {{runUuid: "{c.run}"}}) {{ {RUN} }} }}',
            c.experiment_name,
        ),
        "mlflowGetExperiment": (
            f"{{ mlflowGetExperiment(input: {{experimentId: {by_id}}}) "
            f"{{ experiment {{ name }} }} }}",
            c.experiment_name,
        ),
        "mlflowSearchRuns": (
            f"{{ mlflowSearchRuns(input: {{experimentIds: [{by_id}]}}) "
            f"{{ runs {{ info {{ runName }} modelVersions {{ name }} }} }} }}",
            c.run_name,
        ),
        "mlflowSearchModelVersions": (
            f"{{ mlflowSearchModelVersions(input: {{filter: \"run_id='{c.run}'\"}}) "
            f"{{ modelVersions {{ name source }} }} }}",
            c.registered,
        ),
        "mlflowGetMetricHistoryBulkInterval": (
            f'{{ mlflowGetMetricHistoryBulkInterval(input: {{runIds: ["{c.run}"], '
            f'metricKey: "{METRIC}", maxResults: 5}}) {{ metrics {{ value runId }} }} }}',
            "0.8125",
        ),
        "mlflowListArtifacts": (
            f'{{ mlflowListArtifacts(input: {{runId: "{c.run}", path: "notes"}}) '
            f"{{ files {{ path }} }} }}",
            "notes/plan.txt",
        ),
    }


FIELDS = [
    "mlflowGetRun",
    "mlflowGetRun by run_uuid",
    "mlflowGetExperiment",
    "mlflowSearchRuns",
    "mlflowSearchModelVersions",
    "mlflowGetMetricHistoryBulkInterval",
    "mlflowListArtifacts",
]


def test_these_are_all_root_fields() -> None:
    assert {name.split(" ")[0] for name in FIELDS} == graphql.ROOT_FIELDS


@pytest.mark.parametrize("name", FIELDS)
def test_a_viewer_asks_each_root_field(carol: Person, filled: Content, name: str) -> None:
    query, text = queries(filled)[name]
    assert text in json.dumps(answered(ask(carol, filled.slug, query)))


@pytest.mark.parametrize("name", FIELDS)
def test_a_stranger_gets_the_same_404_as_for_no_project(
    mallory: Person, filled: Content, name: str
) -> None:
    query, _ = queries(filled)[name]
    reply, other = ask(mallory, filled.slug, query), ask(mallory, "no-such-project", query)
    assert (reply.status, other.status) == (404, 404)
    assert reply.json["message"].replace(filled.slug, "") == other.json["message"].replace(
        "no-such-project", ""
    )


@pytest.mark.parametrize("name", FIELDS)
def test_in_another_project_the_ids_name_nothing(
    mallory: Person, filled: Content, name: str
) -> None:
    slug = f"m-{filled.slug}"
    mallory.studio("POST", "/projects", {"slug": slug, "name": slug})
    query, _ = queries(filled)[name]
    reply = ask(mallory, slug, query)
    said = reply.body.decode()
    for word in (*filled.words, filled.experiment_name, filled.registered):
        if word != filled.run:  # the error repeats the id that was asked for
            assert word not in said


def test_a_run_of_another_experiment_is_not_found_beside_ones_own(
    mallory: Person, filled: Content
) -> None:
    slug = f"n-{filled.slug}"
    mallory.studio("POST", "/projects", {"slug": slug, "name": slug})
    body = {"name": "own"}
    own = str(done(mallory.mlflow(slug, "POST", "experiments/create", body))["experiment_id"])
    run = new_run(mallory, slug, own, run_name="of-mallory")["info"]["run_id"]
    query = (
        f'{{ mlflowSearchRuns(input: {{experimentIds: ["{own}", "{filled.experiment}"]}}) '
        f"{{ runs {{ info {{ runId }} experiment {{ name }} modelVersions {{ name }} }} }} "
        f'other: mlflowGetRun(input: {{runId: "{filled.run}"}}) {{ {RUN} }} }}'
    )
    document = done(ask(mallory, slug, query))
    runs = document["data"]["mlflowSearchRuns"]["runs"]
    assert [one["info"]["runId"] for one in runs] == [run]
    assert not (document["data"]["other"] or {}).get("run")
    assert filled.run_name not in json.dumps(document)


def test_variables_and_fragments_work_as_mlflows_interface_sends_them(
    carol: Person, filled: Content
) -> None:
    data = answered(ask(carol, filled.slug, GET_RUN, {"data": {"runId": filled.run}}))
    run = data["mlflowGetRun"]["run"]
    assert run["info"] == {"runId": filled.run, "runName": filled.run_name}
    assert run["experiment"] == {"name": filled.experiment_name}
    query = (
        "query Q($d: MlflowGetRunInput!) { ...Root __typename } "
        "fragment Root on Query { mlflowGetRun(input: $d) { __typename run { ...Name } } } "
        "fragment Name on MlflowRunExtension { info { ... on MlflowRunInfo { runName } } }"
    )
    data = answered(ask(carol, filled.slug, query, {"d": {"runId": filled.run}}))
    assert data["mlflowGetRun"]["run"] == {"info": {"runName": filled.run_name}}


def nested(depth: int) -> str:
    return "{ mlflowGetRun " + "{ run " * depth + "{ a }" + " }" * depth + " }"


def doubling(levels: int) -> str:
    spread = "".join(f"fragment F{n} on R {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return "{ mlflowGetRun { ...F0 } } " + spread + f"fragment F{levels} on R {{ a }}"


REFUSED = {
    "a mutation": (403, "mutation { mlflowSearchRuns(input: {}) { nextPageToken } }"),
    "a subscription": (403, "subscription { mlflowGetRun { run { info { runId } } } }"),
    "the schema": (403, "{ __schema { types { name } } }"),
    "a type": (403, '{ __type(name: "Query") { name } }'),
    "the schema, deeper": (403, "{ mlflowGetRun { __schema { types { name } } } }"),
    "the echo": (403, '{ test(inputString: "a") { output } }'),
    "an unknown field": (403, "{ mlflowDeleteRun { run { a } } }"),
    "an alias of the echo": (403, '{ mlflowGetRun: test(inputString: "a") { output } }'),
    "the echo in a fragment": (403, "{ ...A } fragment A on Query { test { output } }"),
    "the echo in an inline fragment": (403, "{ ... on Query { test { output } } }"),
    "a good field and the echo": (403, "{ mlflowGetRun { run { a } } test { output } }"),
    "a definition of types": (403, "{ mlflowGetRun { a } } type A { b: C }"),
    "two queries": (400, "query A { mlflowGetRun { a } } query B { mlflowGetRun { a } }"),
    "no query": (400, "fragment A on Query { mlflowGetRun { a } }"),
    "no GraphQL": (400, "{ mlflowGetRun {"),
    "nothing": (400, ""),
    "a number": (400, 7),
    "many root fields": (400, "{ " + "mlflowGetRun { a } " * 6 + "}"),
    "many aliases": (400, "{ " + "".join(f"a{n}: mlflowGetRun {{ a }} " for n in range(6)) + "}"),
    "many aliases below": (
        400,
        "{ mlflowGetRun { " + "".join(f"a{n}: run {{ a }} " for n in range(6)) + "} }",
    ),
    "many levels": (400, nested(10)),
    "many words": (400, "{ mlflowGetRun { " + "a " * 2500 + "} }"),
    "levels without end": (400, nested(5000)),
    "many fields": (400, "{ mlflowGetRun { " + "a " * 600 + "} }"),
    "fragments that double": (400, doubling(30)),
    "a fragment that holds itself": (400, "{ ...A } fragment A on Query { ...A }"),
    "a fragment twice": (400, "{ mlflowGetRun { a } } fragment A on B { a } fragment A on B { b }"),
    "an unknown fragment": (400, "{ ...A }"),
    "a path with ..": (400, LIST % '"../../other"'),
    "an absolute path": (400, LIST % '"/etc/passwd"'),
    "an encoded path": (400, LIST % '"%2e%2e/a"'),
    "a path that is a list": (400, LIST % '["a"]'),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_plain_query_never_reaches_mlflow(proxy: NarrowProxy, kind: str) -> None:
    status, query = REFUSED[kind]
    reply = ask(proxy.alice, SLUG, query)
    assert reply.status == status, reply.body
    assert proxy.upstream.seen == []
    assert ask(proxy.alice, SLUG, GET_RUN, {"data": {"runId": "a"}}).status == 200


HIDDEN_PATHS = {
    "the whole input": (
        "query Q($i: MlflowListArtifactsInput!) { mlflowListArtifacts(input: $i) { a } }",
        {"i": {"runId": "a", "path": "../b"}},
    ),
    "one value": (
        "query Q($p: String) { mlflowListArtifacts(input: {path: $p}) { a } }",
        {"p": "../b"},
    ),
    "the default of one value": (
        'query Q($p: String = "../b") { mlflowListArtifacts(input: {path: $p}) { a } }',
        {},
    ),
    "the default of the input": (
        'query Q($i: I = {path: "../b"}) { x: mlflowListArtifacts(input: $i) { a } }',
        None,
    ),
    "a fragment": (
        "query Q($i: I) { ...A } fragment A on Query { mlflowListArtifacts(input: $i) { a } }",
        {"i": {"path": "a/./b"}},
    ),
}


@pytest.mark.parametrize("kind", HIDDEN_PATHS)
def test_an_unsafe_path_is_found_wherever_it_stands(proxy: NarrowProxy, kind: str) -> None:
    query, variables = HIDDEN_PATHS[kind]
    reply = ask(proxy.alice, SLUG, query, variables)
    assert (reply.status, reply.json["reason"]) == (400, "path")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize(
    "body",
    [
        [{"query": "{ mlflowGetRun { a } }"}],
        {"query": "{ mlflowGetRun { a } }", "variables": ["a"]},
        {"query": "{ mlflowGetRun { a } }", "extensions": {}},
        {"query": "{ mlflowGetRun { a } }", "Query": "mutation { a }"},
        {},
    ],
)
def test_batches_and_odd_bodies_are_refused(proxy: NarrowProxy, body: object) -> None:
    reply = proxy.alice.ask("POST", f"/projects/{SLUG}/graphql", body)
    assert reply.status == 400
    assert proxy.upstream.seen == []


def test_a_query_over_64_kib_is_too_large(proxy: NarrowProxy) -> None:
    reply = ask(proxy.alice, SLUG, "{ mlflowGetRun { a } } #" + "x" * 70_000)
    assert (reply.status, reply.json["reason"]) == (413, "too_large")
    assert proxy.upstream.seen == []


def test_a_get_is_closed_also_with_a_query(proxy: NarrowProxy) -> None:
    reply = proxy.alice.ask("GET", f"/projects/{SLUG}/graphql?query=%7Btest%7Boutput%7D%7D")
    assert (reply.status, reply.json["reason"]) == (403, "closed")
    assert proxy.upstream.seen == []

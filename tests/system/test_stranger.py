"""mallory gets nothing of a project that alice filled: by id, name, search, path or list."""

from __future__ import annotations

from urllib.parse import unquote, urlencode

import pytest

from conftest import Stack
from content import FILE, Content, artifact, fill
from people import Person, Reply
from uac_api.access.roles import Action
from uac_api.proxy.rules import RULES, Rule

NAMED_IN = {
    "/scorers/": "scorer",
    "/label-schemas/": "schema_name",
    "/review-queues/": "queue_name",
}
READING = [rule for rule in RULES if rule.action is Action.READ]


@pytest.fixture(scope="module")
def filled(stack: Stack) -> Content:
    """A project of alice's with one of everything."""
    return fill(stack.person("alice"), stack.new_project())


@pytest.fixture(scope="module")
def own(stack: Stack) -> str:
    """A project of mallory's own, in which she may do everything."""
    slug = stack.new_project().replace("p-", "m-")
    made = stack.person("mallory").studio("POST", "/projects", {"slug": slug, "name": slug})
    assert made.status == 201
    return slug


def fields(c: Content) -> dict[str, list[str]]:
    """Every field by which a request can name something, with alice's own ids and names."""
    return {
        "run_id": [c.run],
        "run_uuid": [c.run],
        "run_ids": [c.run],
        "metric_key": ["accuracy-of-alice"],
        "experiment_id": [c.experiment],
        "experiment_ids": [c.experiment],
        "experiment_name": [c.experiment_name],
        "name": [c.registered],
        "names": [c.registered],
        "version": [c.version],
        "alias": [c.alias],
        "request_id": [c.trace],
        "trace_id": [c.trace],
        "trace_ids": [c.trace],
        "max_results": ["100"],
        "schema_id": [c.schema],
        "queue_id": [c.queue],
    }


def requests(rule: Rule, c: Content) -> list[tuple[str, dict[str, object] | None]]:
    """Ways to use one reading row of the table on alice's things: path, and body if any."""
    path = rule.path.replace("/api/", "/ajax-api/", 1) if rule.ajax else rule.path
    ids = {"model_id": c.model, "trace_id": c.trace, "assessment_id": c.assessment}
    for variable, one in {**ids, "dataset_id": c.dataset, "issue_id": c.issue}.items():
        path = path.replace(f"{{{variable}}}", one)
    path = path.replace("{artifact_path:path}", f"{c.artifacts}/{FILE}")
    if rule.method == "POST":
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": c.experiment}}
        named: dict[str, object] = {"experiment_ids": [c.experiment], "trace_ids": [c.trace]}
        named |= {"name": c.registered, "locations": [place]}
        if "/traces/metrics" in path:
            counted = {"metric_name": "assessment_count", "view_type": "ASSESSMENTS"}
            by = {"aggregations": [{"aggregation_type": "COUNT"}]}
            named |= {**counted, **by, "dimensions": ["assessment_name"]}
        if "/calculate-filter-correlation" in path:
            every = "attributes.status = 'OK'"
            named |= {"filter_string1": every, "filter_string2": every}
        if "/issues/search" in path:
            named = {"experiment_id": c.experiment}
        return [(path, named)]
    known = fields(c)
    ways: list[dict[str, list[str]]] = [
        {**known, "path": [FILE]},
        {**known, "path": [FILE.partition("/")[0]]},
        {**known, "name": [c.prompt]},
        {**known, "artifact_file_path": [FILE]},
        {**known, "artifact_directory_path": [FILE.partition("/")[0]]},
    ]
    for family, name in NAMED_IN.items():
        if family in path:
            by_name = {"experiment_id": [c.experiment], "name": [getattr(c, name)]}
            by_id = {"queue_id": [c.queue], "schema_id": [c.schema], "scorer_ids": [c.scorer]}
            ways = [{**by_name, **by_id}]
    if path.endswith("/artifacts"):
        ways = [{"path": [folder]} for folder in (c.artifacts, c.artifacts.partition("/")[2])]
    if "get-history" in path and "bulk" not in path:
        ways = [{"run_id": [c.run], "metric_key": ["accuracy-of-alice"]}]
    return [(f"{path}?{urlencode(way, doseq=True)}", None) for way in ways]


def leaks(c: Content, sent: str, reply: Reply) -> list[str]:
    """Words of alice's in the reply that were not in the request."""
    text = reply.body.decode(errors="replace") + str(reply.headers)
    return [word for word in c.words if word in text and word not in unquote(sent)]


@pytest.mark.parametrize("rule", READING, ids=lambda rule: rule.operation)
def test_no_reading_row_of_the_table_gives_a_stranger_anything(
    mallory: Person, filled: Content, own: str, rule: Rule
) -> None:
    for path, body in requests(rule, filled):
        for slug in (own, filled.slug, "default"):
            named = mallory.ask(rule.method, f"/projects/{slug}{path}", body)
            header = {"X-MLFLOW-WORKSPACE": slug}
            for reply in (named, mallory.ask(rule.method, path, body, headers=header)):
                assert leaks(filled, f"{path}{body}", reply) == [], (slug, path)
                assert slug == own or reply.status == 404, (slug, path, reply.body)


def test_the_same_requests_give_alice_every_word(alice: Person, filled: Content) -> None:
    # Without this the test above could pass because its requests ask for nothing.
    given = b""
    for rule in READING:
        for path, body in requests(rule, filled):
            given += alice.ask(rule.method, f"/projects/{filled.slug}{path}", body).body
    text = given.decode(errors="replace")
    assert [word for word in filled.words if word not in text] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("experiments/search", {"max_results": 1000, "view_type": "ALL"}),
        ("runs/search", {"experiment_ids": ["{experiment}", "0"], "max_results": 1000}),
        ("runs/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.accuracy > 0"}),
        ("logged-models/search", {"experiment_ids": ["{experiment}"]}),
        ("experiments/search-datasets", {"experiment_ids": ["{experiment}"]}),
    ],
)
def test_no_search_finds_anything_of_alices(
    mallory: Person, filled: Content, own: str, path: str, body: dict[str, object]
) -> None:
    known = body.get("experiment_ids")
    ids = [str(one).format(experiment=filled.experiment) for one in known or []]  # type: ignore[attr-defined]
    sent = {**body, "experiment_ids": ids} if known else body
    for prefix in ("api", "ajax-api"):
        reply = mallory.ask("POST", f"/projects/{own}/{prefix}/2.0/mlflow/{path}", sent)
        assert leaks(filled, str(sent), reply) == []


@pytest.mark.parametrize("kind", ["registered-models", "model-versions"])
def test_no_filter_finds_anything_of_alices(
    mallory: Person, filled: Content, own: str, kind: str
) -> None:
    for wanted in (f"name='{filled.registered}'", "name LIKE '%'", f"run_id='{filled.run}'"):
        query = urlencode({"filter": wanted, "max_results": 100})
        reply = mallory.mlflow(own, "GET", f"{kind}/search?{query}")
        assert leaks(filled, wanted, reply) == []


@pytest.mark.parametrize(
    "path",
    [
        "/projects?query=",
        "/projects/{slug}",
        "/projects/{slug}/members",
        "/experiments?project={slug}",
        "/experiments?query=churn",
        "/experiments?max_results=1000",
        "/models?project={slug}",
        "/models?query=forest",
        "/models?max_results=1000",
        "/audit?project={slug}",
        "/audit",
        "/me",
        "/tokens",
        "/users",
        "/status",
    ],
)
def test_the_lists_for_people_show_a_stranger_nothing(
    mallory: Person, filled: Content, path: str
) -> None:
    reply = mallory.studio("GET", path.format(slug=filled.slug))
    assert leaks(filled, "", reply) == []
    if "{slug}" not in path:
        assert filled.slug not in reply.body.decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_file_of_alices_is_read_changed_or_removed(
    mallory: Person, alice: Person, filled: Content, own: str, method: str
) -> None:
    for slug in (own, filled.slug, "default"):
        path = artifact(slug, f"{filled.artifacts}/{FILE}")
        reply = mallory.ask(method, path, raw=b"changed" if method == "PUT" else None)
        assert reply.status in (400, 404)
        assert leaks(filled, path, reply) == []
    assert leaks(
        filled, "", alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/{FILE}"))
    ), "alice's file is as it was"


def test_mallory_makes_no_project_over_alices(mallory: Person, filled: Content) -> None:
    reply = mallory.studio("POST", "/projects", {"slug": filled.slug, "name": "mine"})
    assert reply.status == 409
    assert mallory.studio("DELETE", f"/projects/{filled.slug}").status == 404
    added = mallory.studio("PUT", f"/projects/{filled.slug}/members/mallory", {"role": "owner"})
    assert added.status == 404

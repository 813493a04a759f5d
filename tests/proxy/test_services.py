"""The AI gateway and prompt optimisation: for owners, within their project, when switched on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from conftest import Stack
from content import Content, done, fill, v3
from people import Person, Reply
from recording import Recorder, Said

KEY = "sk-the-key-of-alice-0001"
ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hello"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
QUESTION = {"messages": [{"role": "user", "content": "hi"}]}
BUDGET = {
    "budget_unit": "USD",
    "budget_amount": 100,
    "duration": {"unit": "DAYS", "value": 1},
    "target_scope": "WORKSPACE",
    "budget_action": "ALERT",
}
JOB = {
    "source_prompt_uri": "prompts:/none/1",
    "config": {"optimizer_type": "OPTIMIZER_TYPE_METAPROMPT"},
}


@dataclass(frozen=True)
class Gateway:
    """An endpoint `chat` of one project and all that it is made of."""

    content: Content
    secret: str
    definition: str
    endpoint: str
    budget: str

    @property
    def slug(self) -> str:
        """The project."""
        return self.content.slug


def config(person: Person, slug: str, method: str, path: str, body: object = None) -> Reply:
    """Ask for the gateway's configuration."""
    return v3(person, slug, method, f"gateway/{path}", body)


def model_of(definition: str) -> dict[str, object]:
    """The only model of an endpoint."""
    return {"model_definition_id": definition, "linkage_type": "PRIMARY", "weight": 1.0}


def new_gateway(owner: Person, content: Content, provider: str) -> Gateway:
    """An endpoint that asks `provider` with KEY."""

    def made(path: str, body: Mapping[str, object], kind: str) -> dict[str, Any]:
        found: dict[str, Any] = done(config(owner, content.slug, "POST", path, body))[kind]
        return found

    value = {"secret_name": "key", "secret_value": {"api_key": KEY}, "provider": "openai"}
    address = {"auth_config": {"api_base": f"{provider}/v1"}}
    secret = made("secrets/create", {**value, **address}, "secret")["secret_id"]
    model = {"name": "m", "secret_id": secret, "provider": "openai", "model_name": "gpt-4o"}
    definition = made("model-definitions/create", model, "model_definition")["model_definition_id"]
    endpoint = {
        "name": "chat",
        "model_configs": [model_of(definition)],
        "experiment_id": content.experiment,
    }
    endpoint_id = made("endpoints/create", endpoint, "endpoint")["endpoint_id"]
    budget = made("budgets/create", BUDGET, "budget_policy")["budget_policy_id"]
    return Gateway(content, secret, definition, endpoint_id, budget)


@pytest.fixture(scope="module")
def provider() -> Iterator[Recorder]:
    """A model provider."""
    recorder = Recorder()
    recorder.said = Said(
        headers={"Content-Type": "application/json"}, body=json.dumps(ANSWER).encode()
    )
    recorder.start()
    yield recorder
    recorder.stop()


@pytest.fixture(scope="module")
def gateway(switched: Stack, provider: Recorder) -> Gateway:
    """Alice's."""
    alice = switched.person("alice")
    return new_gateway(alice, fill(alice, switched.new_project()), provider.url)


@pytest.fixture(scope="module")
def other(switched: Stack) -> Content:
    """A project of erin's with content, on the same server."""
    erin = switched.person("erin")
    slug = f"e-{uuid.uuid4().hex[:8]}"
    assert erin.studio("POST", "/projects", {"slug": slug, "name": slug}).status == 201
    return fill(erin, slug)


@pytest.fixture
def owner(switched: Stack) -> Person:
    """Alice, where all features are on."""
    return switched.person("alice")


@pytest.fixture
def erin(switched: Stack) -> Person:
    """The owner of `other`, a stranger to alice's project."""
    return switched.person("erin")


def readings(person: Person, slug: str, g: Gateway) -> list[Reply]:
    """Everything that shows a gateway's configuration."""
    paths = [
        f"secrets/get?secret_id={g.secret}",
        "secrets/list",
        f"model-definitions/get?model_definition_id={g.definition}",
        "model-definitions/list",
        f"model-definitions/list?secret_id={g.secret}",
        f"endpoints/get?endpoint_id={g.endpoint}",
        "endpoints/list",
        f"endpoints/bindings/list?endpoint_id={g.endpoint}",
        f"guardrails/list-for-endpoint?endpoint_id={g.endpoint}",
        f"budgets/get?budget_policy_id={g.budget}",
        "budgets/list",
    ]
    return [config(person, slug, "GET", path) for path in paths]


def changes(person: Person, slug: str, g: Gateway) -> list[Reply]:
    """Everything that changes a gateway's configuration, by ids of it."""
    endpoint, secret = {"endpoint_id": g.endpoint}, {"secret_id": g.secret}
    model, budget = {"model_definition_id": g.definition}, {"budget_policy_id": g.budget}
    binding = {**endpoint, "resource_type": "scorer", "resource_id": "s"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "secrets/update", {**secret, "secret_value": {"api_key": "sk-taken-over-12345"}}),
        ("POST", "model-definitions/update", {**model, "name": "taken"}),
        ("POST", "endpoints/update", {**endpoint, "name": "taken"}),
        ("POST", "endpoints/set-tag", {**endpoint, "key": "k", "value": "taken"}),
        ("DELETE", "endpoints/delete-tag", {**endpoint, "key": "k"}),
        ("POST", "endpoints/models/attach", {**endpoint, "model_config": model_of(g.definition)}),
        ("POST", "endpoints/models/detach", {**endpoint, **model}),
        ("POST", "endpoints/bindings/create", binding),
        ("DELETE", "endpoints/bindings/delete", binding),
        ("POST", "guardrails/add-to-endpoint", {**endpoint, "guardrail_id": "g"}),
        ("PATCH", "guardrails/update-config", {**endpoint, "guardrail_id": "g"}),
        ("DELETE", "guardrails/remove-from-endpoint", {**endpoint, "guardrail_id": "g"}),
        ("POST", "budgets/update", {**budget, "budget_amount": 1}),
        ("DELETE", "budgets/delete", budget),
        ("DELETE", "endpoints/delete", endpoint),
        ("DELETE", "model-definitions/delete", model),
        ("DELETE", "secrets/delete", secret),
    ]
    return [config(person, slug, *call) for call in calls]


def everything(owner: Person, g: Gateway) -> list[bytes]:
    """The configuration as its owner sees it."""
    replies = readings(owner, g.slug, g)
    assert {reply.status for reply in replies} == {200}
    return [reply.body for reply in replies]


def use(person: Person, slug: str) -> list[Reply]:
    """Every way to use the endpoint `chat`."""
    named = {**QUESTION, "model": "chat"}
    base = f"/projects/{slug}/gateway"
    return [
        person.ask("POST", f"{base}/chat/mlflow/invocations", QUESTION),
        person.ask("POST", f"{base}/mlflow/v1/chat/completions", named),
        person.ask("POST", f"{base}/openai/v1/chat/completions", named),
    ]


def test_a_contributor_uses_an_endpoint_and_never_sees_its_key(
    switched: Stack, gateway: Gateway, provider: Recorder
) -> None:
    provider.seen.clear()
    bob = switched.person("bob")
    for reply in use(bob, gateway.slug):
        assert reply.status == 200, reply.body
        assert b"hello" in reply.body
    assert len(provider.seen) == 3
    for seen in provider.seen:
        assert seen.headers["Authorization"] == f"Bearer {KEY}"
        assert bob.credential.removeprefix("Bearer ") not in str(seen.headers)
    models = bob.ask("GET", f"/projects/{gateway.slug}/gateway/mlflow/v1/models")
    assert [model["id"] for model in done(models)["data"]] == ["chat"]


def test_a_viewer_and_a_stranger_use_no_endpoint(
    switched: Stack, erin: Person, gateway: Gateway, other: Content, provider: Recorder
) -> None:
    provider.seen.clear()
    for reply in use(switched.person("carol"), gateway.slug):
        assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
    for slug in (gateway.slug, other.slug):
        assert {reply.status for reply in use(erin, slug)} == {404}
    models = erin.ask("GET", f"/projects/{other.slug}/gateway/mlflow/v1/models")
    assert done(models)["data"] == []
    assert provider.seen == []


def test_an_owner_reads_the_configuration_without_its_key(owner: Person, gateway: Gateway) -> None:
    for body in everything(owner, gateway):
        assert KEY.encode() not in body


@pytest.mark.parametrize("name", ["bob", "carol", "dave"])
def test_nobody_below_an_owner_sees_or_changes_the_configuration(
    switched: Stack, owner: Person, gateway: Gateway, name: str
) -> None:
    before, person = everything(owner, gateway), switched.person(name)
    replies = [*readings(person, gateway.slug, gateway), *changes(person, gateway.slug, gateway)]
    assert {(reply.status, reply.json["reason"]) for reply in replies} == {(403, "role_too_low")}
    assert everything(owner, gateway) == before


def test_an_owner_of_another_project_sees_and_changes_nothing_by_any_id(
    owner: Person, erin: Person, gateway: Gateway, other: Content
) -> None:
    before = everything(owner, gateway)
    outside = [*readings(erin, gateway.slug, gateway), *changes(erin, gateway.slug, gateway)]
    assert {(reply.status, reply.json["reason"]) for reply in outside} == {(404, "no_such_project")}
    for reply in readings(erin, other.slug, gateway):
        assert reply.status in (200, 404)
        for word in (KEY[-4:], "gpt-4o", gateway.content.experiment_name, '"alice"'):
            assert word.encode() not in reply.body
    assert not [r for r in changes(erin, other.slug, gateway) if r.status < 400]
    assert everything(owner, gateway) == before


def test_nothing_new_is_made_of_parts_of_another_project(
    erin: Person, gateway: Gateway, other: Content
) -> None:
    model = {"name": "m", "provider": "openai", "model_name": "gpt-4o"}
    foreign = {"name": "e", "model_configs": [model_of(gateway.definition)]}
    target = {**BUDGET, "target_scope": "ENDPOINT", "target_value": gateway.endpoint}
    for path, body in (
        ("model-definitions/create", {**model, "secret_id": gateway.secret}),
        ("endpoints/create", foreign),
        ("budgets/create", target),
    ):
        assert config(erin, other.slug, "POST", path, body).status == 404, path


def test_an_endpoint_does_not_log_into_an_experiment_of_another_project(
    erin: Person, gateway: Gateway, other: Content, provider: Recorder
) -> None:
    mine = new_gateway(erin, other, provider.url)
    for path, body in (
        ("endpoints/create", {"name": "n", "model_configs": [model_of(mine.definition)]}),
        ("endpoints/update", {"endpoint_id": mine.endpoint}),
    ):
        for name in ("experiment_id", "experimentId"):
            sent = {**body, name: gateway.content.experiment}
            reply = config(erin, other.slug, "POST", path, sent)
            assert (reply.status, reply.json["reason"]) == (400, "foreign_reference")
    found = done(config(erin, other.slug, "GET", f"endpoints/get?endpoint_id={mine.endpoint}"))
    assert found["endpoint"]["experiment_id"] == other.experiment


def test_a_guardrail_names_no_endpoint_of_another_project(
    erin: Person, gateway: Gateway, other: Content
) -> None:
    body = {
        "name": "g",
        "scorer_id": "s",
        "scorer_version": 1,
        "stage": "BEFORE",
        "action": "VALIDATION",
        "action_endpoint_id": gateway.endpoint,
    }
    reply = config(erin, other.slug, "POST", "guardrails/create", body)
    assert (reply.status, reply.json["reason"]) == (400, "foreign_reference")


@pytest.mark.parametrize("scope", ["GLOBAL", "global", 1, ["GLOBAL"]])
def test_a_budget_is_never_for_the_whole_server(
    owner: Person, gateway: Gateway, scope: object
) -> None:
    for name in ("target_scope", "targetScope"):
        sent = {key: value for key, value in BUDGET.items() if key != "target_scope"} | {
            name: scope
        }
        changed = {"budget_policy_id": gateway.budget, name: scope}
        for path, body in (("budgets/create", sent), ("budgets/update", changed)):
            assert config(owner, gateway.slug, "POST", path, body).status == 400
    assert b"GLOBAL" not in config(owner, gateway.slug, "GET", "budgets/list").body


def test_who_made_it_is_who_was_signed_in(owner: Person, gateway: Gateway) -> None:
    slug, name = gateway.slug, uuid.uuid4().hex
    value = {"secret_name": name, "secret_value": {"api_key": KEY}, "createdBy": "ceo"}
    made = done(config(owner, slug, "POST", "secrets/create", value))["secret"]
    assert (made["created_by"], made["last_updated_by"]) == ("alice", "alice")
    changed = {"secret_id": made["secret_id"], "updated_by": "ceo"}
    again = done(config(owner, slug, "POST", "secrets/update", changed))["secret"]
    assert again["last_updated_by"] == "alice"
    done(config(owner, slug, "DELETE", "secrets/delete", {"secret_id": made["secret_id"]}))


def test_the_catalogue_of_providers_is_for_members(
    switched: Stack, erin: Person, gateway: Gateway
) -> None:
    for path in ("supported-providers", "provider-config?provider=openai"):
        target = f"/projects/{gateway.slug}/ajax-api/3.0/mlflow/gateway/{path}"
        assert switched.person("carol").ask("GET", target).status == 200
        assert erin.ask("GET", target).status == 404


def test_how_the_server_encrypts_keys_is_for_owners(
    switched: Stack, owner: Person, gateway: Gateway
) -> None:
    target = f"/projects/{gateway.slug}/ajax-api/3.0/mlflow/gateway/secrets/config"
    assert done(owner.ask("GET", target))["secrets_available"]
    assert switched.person("dave").ask("GET", target).status == 403


def test_what_reaches_beyond_the_project_is_closed(owner: Person, gateway: Gateway) -> None:
    base = f"/projects/{gateway.slug}"
    for method, path in (
        ("GET", "/api/3.0/mlflow/gateway/budgets/windows"),
        ("POST", "/gateway/proxy/chat/v1/files"),
        ("POST", "/gateway/gemini/v1beta/models/chat:generateContent"),
        ("POST", "/ajax-api/2.0/mlflow/gateway-proxy"),
        ("POST", "/ajax-api/3.0/jobs/"),
        ("POST", "/ajax-api/3.0/mlflow/scorer/invoke"),
        ("POST", "/ajax-api/3.0/mlflow/issues/invoke"),
        ("POST", "/ajax-api/3.0/mlflow/genai/evaluate/invoke"),
    ):
        reply = owner.ask(method, f"{base}{path}", {} if method == "POST" else None)
        assert (reply.status, reply.json["reason"]) == (403, "closed"), path


def test_without_the_features_all_of_it_is_closed(alice: Person, filled: Content) -> None:
    c = filled
    nothing = Gateway(c, "s", "d", "e", "b")
    asked = [
        *readings(alice, c.slug, nothing),
        *changes(alice, c.slug, nothing),
        *use(alice, c.slug),
        *jobs_seen(alice, c.slug, "j", c.experiment),
        *jobs_ended(alice, c.slug, "j"),
        optimise(alice, c.slug, c.experiment),
    ]
    for reply in asked:
        assert (reply.status, reply.json["reason"]) == (403, "closed")
        assert "STUDIO_MLFLOW_FEATURES" in reply.json["message"]


def optimise(person: Person, slug: str, experiment: str) -> Reply:
    """Start the optimisation of a prompt."""
    return v3(
        person, slug, "POST", "prompt-optimization/jobs", {**JOB, "experiment_id": experiment}
    )


def jobs_seen(person: Person, slug: str, job: str, experiment: str) -> list[Reply]:
    """Every way to see a job."""
    ajax = f"/projects/{slug}/ajax-api/3.0"
    named = {"experiment_id": experiment}
    return [
        v3(person, slug, "GET", f"prompt-optimization/jobs/{job}"),
        v3(person, slug, "GET", f"prompt-optimization/jobs/search?experiment_id={experiment}"),
        v3(person, slug, "POST", "prompt-optimization/jobs/search", named),
        person.ask("GET", f"{ajax}/mlflow/jobs/{job}"),
        person.ask("GET", f"{ajax}/jobs/{job}"),
        person.ask("POST", f"{ajax}/jobs/search", {"job_name": "optimize_prompts"}),
    ]


def jobs_ended(person: Person, slug: str, job: str) -> list[Reply]:
    """Every way to end a job."""
    ajax = f"/projects/{slug}/ajax-api/3.0"
    return [
        v3(person, slug, "POST", f"prompt-optimization/jobs/{job}/cancel", {}),
        person.ask("PATCH", f"{ajax}/mlflow/jobs/cancel/{job}"),
        person.ask("PATCH", f"{ajax}/jobs/cancel/{job}"),
        v3(person, slug, "DELETE", f"prompt-optimization/jobs/{job}"),
    ]


@pytest.fixture(scope="module")
def job(switched: Stack, gateway: Gateway) -> dict[str, Any]:
    """A job of alice's."""
    reply = optimise(switched.person("alice"), gateway.slug, gateway.content.experiment)
    found: dict[str, Any] = done(reply)["job"]
    return found


def test_a_viewer_sees_a_job_and_only_an_owner_starts_or_ends_one(
    switched: Stack, gateway: Gateway, job: dict[str, Any]
) -> None:
    slug, experiment = gateway.slug, gateway.content.experiment
    for name in ("bob", "carol", "dave"):
        person = switched.person(name)
        seen = jobs_seen(person, slug, job["job_id"], experiment)
        assert {reply.status for reply in seen} == {200}
        refused = [*jobs_ended(person, slug, job["job_id"]), optimise(person, slug, experiment)]
        assert {(r.status, r.json["reason"]) for r in refused} == {(403, "role_too_low")}


def test_a_job_of_another_project_is_neither_seen_nor_ended(
    owner: Person, erin: Person, gateway: Gateway, other: Content, job: dict[str, Any]
) -> None:
    experiment = gateway.content.experiment
    for slug in (gateway.slug, other.slug):
        replies = jobs_seen(erin, slug, job["job_id"], experiment)
        replies += jobs_ended(erin, slug, job["job_id"])
        assert job["run_id"].encode() not in b"".join(reply.body for reply in replies)
        assert [r for r in replies if r.status == 200 and r.json not in ({}, {"jobs": []})] == []
    assert optimise(erin, other.slug, experiment).json["reason"] == "foreign_reference"
    mine = v3(owner, gateway.slug, "GET", f"prompt-optimization/jobs/{job['job_id']}")
    assert done(mine)["job"]["state"]["status"] != "JOB_STATUS_CANCELED"


def test_an_owner_ends_and_deletes_a_job(owner: Person, gateway: Gateway) -> None:
    made = done(optimise(owner, gateway.slug, gateway.content.experiment))["job"]["job_id"]
    run = done(v3(owner, gateway.slug, "GET", f"prompt-optimization/jobs/{made}"))["job"]["run_id"]
    info = done(owner.mlflow(gateway.slug, "GET", f"runs/get?run_id={run}"))["run"]["info"]
    assert info["user_id"] == "(mlflow server)", "MLflow made it, and nobody else"
    assert jobs_ended(owner, gateway.slug, made)[-1].status == 200
    assert v3(owner, gateway.slug, "GET", f"prompt-optimization/jobs/{made}").status == 404

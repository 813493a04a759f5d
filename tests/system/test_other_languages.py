"""MLflow's REST as curl, R's httr and Java's HttpClient speak it, against the real stack."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Stack
from content import metrics, tags
from people import PASSWORD, Person, Reply, basic
from recording import speak

MIB = 1024 * 1024
T0 = "1700000000000"


def bearer_of(stack: Stack, username: str) -> str:
    """A new token of somebody's."""
    return stack.with_token(username).credential.split()[1]


def curl(*words: str) -> tuple[int, Any]:
    """The status and the document of one call of curl."""
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    body, _, status = ended.stdout.rpartition("\n")
    return int(status), json.loads(body or "{}")


@pytest.mark.parametrize("scheme", ["bearer", "password", "token as password"])
def test_curl_logs_and_reads_with_every_credential(
    stack: Stack, bob: Person, project: str, scheme: str
) -> None:
    token = bearer_of(stack, "bob")
    who = {
        "bearer": ["-H", f"Authorization: Bearer {token}"],
        "password": ["-u", f"bob:{PASSWORD}"],
        "token as password": ["-u", f"bob:{token}"],
    }[scheme]
    api = f"{stack.uac.url}/projects/{project}/api/2.0/mlflow"
    kind = ["-H", "Content-Type: application/json"]
    status, made = curl(*who, *kind, "-d", '{"name": "by curl"}', f"{api}/experiments/create")
    assert status == 200
    body = json.dumps({"experiment_id": made["experiment_id"], "start_time": 1})
    status, answer = curl(*who, *kind, "-d", body, f"{api}/runs/create")
    run = answer["run"]["info"]["run_id"]
    metric = json.dumps({"run_id": run, "key": "loss", "value": 0.5, "timestamp": 1})
    assert curl(*who, *kind, "-d", metric, f"{api}/runs/log-metric") == (200, {})
    status, answer = curl(*who, "-G", "--data-urlencode", f"run_id={run}", f"{api}/runs/get")
    assert (status, answer["run"]["data"]["metrics"][0]["value"]) == (200, 0.5)
    assert answer["run"]["info"]["user_id"] == "bob"
    assert metrics(bob, project, run) == {"loss": 0.5}


def test_curl_without_a_type_of_its_own_is_understood(stack: Stack, project: str) -> None:
    # curl says application/x-www-form-urlencoded unless it is told otherwise.
    who = ["-u", f"bob:{PASSWORD}"]
    where = f"{stack.uac.url}/projects/{project}/api/2.0/mlflow/experiments/create"
    status, answer = curl(*who, "-d", '{"name": "untyped"}', where)
    direct = Person("", stack.mlflow.url, "").ask(
        "POST",
        "/api/2.0/mlflow/experiments/create",
        raw=b'{"name": "untyped too"}',
        headers={**_behind(stack, project), "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert status == direct.status, (answer, direct.body)


def test_curl_waits_for_leave_to_send_a_large_file(
    stack: Stack, bob: Person, project: str, tmp_path: Path
) -> None:
    # Over 1 MiB curl sends `Expect: 100-continue` and waits for the answer to it.
    content = os.urandom(3 * MIB)
    file, back = tmp_path / "large.bin", tmp_path / "back.bin"
    file.write_bytes(content)
    made = bob.mlflow(project, "POST", "experiments/create", {"name": "large"}).json
    body = {"experiment_id": made["experiment_id"]}
    run = bob.mlflow(project, "POST", "runs/create", body).json["run"]["info"]
    path = run["artifact_uri"].removeprefix("mlflow-artifacts:/").lstrip("/")
    where = f"{stack.uac.url}/projects/{project}/api/2.0/mlflow-artifacts/artifacts/{path}/l.bin"
    who = ["-H", f"Authorization: Bearer {bearer_of(stack, 'bob')}"]
    expecting = ["-H", "Expect: 100-continue", "--expect100-timeout", "20", "--max-time", "15"]
    assert curl(*who, *expecting, "-T", str(file), where)[0] == 200
    assert curl(*who, "-o", str(back), where)[0] == 200
    assert back.read_bytes() == content


def test_curl_reads_our_sentence_when_refused(stack: Stack, project: str) -> None:
    where = f"{stack.uac.url}/projects/{project}/api/2.0/mlflow/experiments/create"
    status, answer = curl("-u", f"carol:{PASSWORD}", "-d", '{"name": "x"}', where)
    assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED")
    status, answer = curl("-u", "carol:wrong", where)
    assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED")


@dataclass(frozen=True)
class Dialect:
    """How one client library writes its requests; the bytes go out as they stand."""

    address: str
    slug: str
    agent: str
    lines: tuple[str, ...]
    authorization: str

    def get(self, path: str, query: dict[str, str]) -> Any:
        """A GET with a query."""
        return self._done(self.send("GET", f"{path}?{urlencode(query)}"))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A POST with a JSON body."""
        return self._done(self.send("POST", path, json.dumps(body, separators=(",", ":")).encode()))

    def send(self, method: str, path: str, body: bytes = b"") -> Reply:
        """One request, as the library sends it."""
        typed = ["Content-Type: application/json"] if method == "POST" else []
        head = [
            f"{method} /projects/{self.slug}/api/2.0/mlflow/{path} HTTP/1.1",
            *(["Content-Length: " + str(len(body))] if method == "POST" else []),
            *typed,
            "Host: " + self.address.removeprefix("http://"),
            f"User-Agent: {self.agent}",
            f"Authorization: {self.authorization}",
            *self.lines,
        ]
        return speak(self.address, "\r\n".join([*head, "", ""]).encode() + body)

    @staticmethod
    def _done(reply: Reply) -> Any:
        assert reply.status == 200, reply.body
        return reply.json


@pytest.fixture(params=["basic", "bearer"])
def authorization(request: pytest.FixtureRequest, stack: Stack) -> str:
    """Bob's header, by either scheme that these clients know."""
    if request.param == "basic":
        return basic("bob", PASSWORD)
    return f"Bearer {bearer_of(stack, 'bob')}"


def test_the_r_dialect(stack: Stack, bob: Person, project: str, authorization: str) -> None:
    """Every value a text, both names of a run's id, httr's `Accept`."""
    accept = "Accept: application/json, text/xml, application/xml, */*"
    lines = (accept, "Accept-Encoding: identity")
    r = Dialect(stack.uac.url, project, "mlflow-r-client/2.22.0", lines, authorization)
    made = r.post("experiments/create", {"name": "by R"})
    found = r.get("experiments/get-by-name", {"experiment_name": "by R"})
    assert found["experiment"]["experiment_id"] == made["experiment_id"]
    body = {"experiment_id": made["experiment_id"], "user_id": "root", "start_time": T0}
    started = r.post("runs/create", {**body, "tags": [{"key": "mlflow.user", "value": "root"}]})
    run = started["run"]["info"]["run_id"]
    ids = {"run_uuid": run, "run_id": run}
    metric = {"key": "loss", "value": "0.25", "timestamp": T0, "step": "0"}
    r.post("runs/log-metric", {**ids, **metric})
    r.post("runs/log-metric", {**ids, **metric, "key": "odd", "value": "NaN"})
    r.post("runs/log-parameter", {**ids, "key": "trees", "value": "200"})
    r.post("runs/set-tag", {**ids, "key": "source", "value": "R"})
    batch = {"metrics": [{**metric, "key": "auc", "value": "0.9"}], "params": [], "tags": []}
    r.post("runs/log-batch", {"run_id": run, **batch})
    r.post("runs/update", {**ids, "status": "FINISHED", "end_time": T0})
    data = r.get("runs/get", ids)["run"]
    assert (data["info"]["status"], data["info"]["user_id"]) == ("FINISHED", "bob")
    history = r.get("metrics/get-history", {**ids, "metric_key": "loss"})
    assert [one["value"] for one in history["metrics"]] == [0.25]
    search = {"experiment_ids": [made["experiment_id"]], "filter": "metrics.loss < 1"}
    assert len(r.post("runs/search", {**search, "run_view_type": "ACTIVE_ONLY"})["runs"]) == 1
    assert r.get("artifacts/list", ids)["root_uri"].startswith("mlflow-artifacts:")
    r.post("runs/delete", {"run_id": run})
    r.post("runs/restore", {"run_id": run})
    seen = metrics(bob, project, run)
    assert (seen["loss"], seen["auc"], "odd" in seen) == (0.25, 0.9, True)
    assert tags(bob, project, run)["mlflow.user"] == "bob"


def test_the_java_dialect(stack: Stack, bob: Person, project: str, authorization: str) -> None:
    """64-bit numbers as texts, both names of a run's id, Apache's headers."""
    lines = ("Connection: Keep-Alive", "Accept-Encoding: gzip,deflate")
    java = Dialect(stack.uac.url, project, "mlflow-java-client/2.22.0", lines, authorization)
    made = java.post("experiments/create", {"name": "by Java"})
    listed = java.post("experiments/search", {"max_results": "1000", "view_type": "ACTIVE_ONLY"})
    assert "by Java" in [one["name"] for one in listed["experiments"]]
    body = {"experiment_id": made["experiment_id"], "user_id": "root", "start_time": T0}
    run = java.post("runs/create", body)["run"]["info"]["run_id"]
    ids = {"run_uuid": run, "run_id": run}
    metric = {"key": "loss", "value": 0.25, "timestamp": T0, "step": "0"}
    java.post("runs/log-metric", {**ids, **metric})
    java.post("runs/log-parameter", {**ids, "key": "depth", "value": "3"})
    java.post("runs/set-tag", {**ids, "key": "source", "value": "Java"})
    java.post("runs/log-batch", {"run_id": run, "metrics": [{**metric, "key": "auc"}]})
    java.post("runs/update", {**ids, "status": "FINISHED", "end_time": T0})
    info = java.get("runs/get", ids)["run"]["info"]
    assert (info["status"], info["user_id"]) == ("FINISHED", "bob")
    java.post("registered-models/create", {"name": "by Java"})
    source = {"name": "by Java", "source": f"runs:/{run}/model", "run_id": run}
    assert java.post("model-versions/create", source)["model_version"]["version"] == "1"
    latest = java.post("registered-models/get-latest-versions", {"name": "by Java"})
    assert [one["version"] for one in latest["model_versions"]] == ["1"]
    assert metrics(bob, project, run) == {"loss": 0.25, "auc": 0.25}
    assert tags(bob, project, run)["mlflow.user"] == "bob"


def test_two_different_ids_of_a_run_reach_no_foreign_run(
    stack: Stack, alice: Person, project: str
) -> None:
    elsewhere = stack.new_project()
    made = alice.mlflow(elsewhere, "POST", "experiments/create", {"name": "theirs"}).json
    run = alice.mlflow(elsewhere, "POST", "runs/create", {"experiment_id": made["experiment_id"]})
    theirs = run.json["run"]["info"]["run_id"]
    r = Dialect(stack.uac.url, project, "mlflow-r-client/2.22.0", (), basic("bob", PASSWORD))
    for ids in ({"run_uuid": theirs, "run_id": "0" * 32}, {"run_uuid": "0" * 32, "run_id": theirs}):
        reply = r.send("GET", f"runs/get?{urlencode(ids)}")
        assert reply.status >= 400
        assert b"experiment_id" not in reply.body
        metric = {**ids, "key": "loss", "value": "1", "timestamp": T0, "step": "0"}
        assert r.send("POST", "runs/log-metric", json.dumps(metric).encode()).status >= 400
    assert metrics(alice, elsewhere, theirs) == {}


def test_a_stranger_is_refused_in_every_dialect(stack: Stack, project: str) -> None:
    for agent in ("mlflow-r-client/2.22.0", "mlflow-java-client/2.22.0"):
        client = Dialect(stack.uac.url, project, agent, (), basic("mallory", PASSWORD))
        reply = client.send("POST", "experiments/search", b'{"max_results":"10"}')
        assert (reply.status, reply.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def _behind(stack: Stack, slug: str) -> dict[str, str]:
    return {
        "X-MLStudio-Upstream": stack.mlflow.environment["STUDIO_UPSTREAM_SECRET"],
        "X-MLFLOW-WORKSPACE": slug,
    }

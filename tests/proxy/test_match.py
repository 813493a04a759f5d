"""The row of the table that a call stands for: exact ones first, and no row means no."""

from __future__ import annotations

import pytest

from configuration.settings import SettingsError
from uac_api.access.decisions.roles import Action
from uac_api.errors import Forbidden, NoEndpoint
from uac_api.proxy.closed import Closed
from uac_api.proxy.match import Table
from uac_api.proxy.request import call
from uac_api.proxy.rules import Feature, Rule
from uac_api.settings import load

TABLE = Table()


def asked(line: str) -> call.Call:
    """The call of a request line."""
    method, _, uri = line.partition(" ")
    return call.read({"REQUEST_METHOD": method, "RAW_URI": uri})


def operation(line: str) -> str:
    """The name of the row that a request line stands for."""
    return TABLE.match(asked(line))[0].operation


def reason(line: str, table: Table = TABLE) -> str:
    """Why a request line is refused."""
    with pytest.raises(Forbidden) as refusal:
        table.match(asked(line))
    return refusal.value.reason


def test_a_variable_segment_is_handed_on() -> None:
    rule, fields = TABLE.match(asked("DELETE /api/2.0/mlflow/logged-models/m-1/tags/colour"))
    assert rule.action is Action.LOG
    assert fields == {"model_id": "m-1", "tag_key": "colour"}


def test_the_rest_of_a_path_is_handed_on_whole() -> None:
    _, fields = TABLE.match(
        asked("PUT /api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b.txt")
    )
    assert fields == {"artifact_path": "1/r/artifacts/a b.txt"}


def test_head_is_judged_as_get() -> None:
    assert operation("HEAD /api/2.0/mlflow/runs/get") == "GET /api/2.0/mlflow/runs/get"


def test_an_exact_row_goes_before_a_variable_one() -> None:
    exact = "POST /api/3.0/mlflow/traces/search"
    assert operation(exact) == exact


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/3.0/mlflow/traces/search",
        "GET /api/3.0/mlflow/traces/delete-traces",
        "DELETE /api/2.0/mlflow/logged-models/search",
        "POST /api/2.0/mlflow/runs/get",
        "PUT /api/2.0/mlflow/runs/create",
        "GET /api/2.0/mlflow/logged-models//",
        "GET /api/9.9/mlflow/runs/get",
        "GET /metrics",
        "GET /console",
        "GET /projects/fraud/projects/vault/api/2.0/mlflow/runs/get",
        "GET /API/2.0/mlflow/runs/get",
        "POST /V1/traces",
    ],
)
def test_what_no_row_names_is_refused_as_a_route_that_mlflow_does_not_have(line: str) -> None:
    with pytest.raises(NoEndpoint) as refusal:
        TABLE.match(asked(line))
    assert (refusal.value.status, refusal.value.error_code) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    "line",
    [
        "GET /projects/fraud/graphql",
        "GET /health",
        "GET /build/index.html",
        "POST /api/3.0/mlflow/workspaces",
        "DELETE /api/3.0/mlflow/workspaces/fraud",
        "DELETE /ajax-api/3.0/mlflow/workspaces/fraud",
        "POST /ajax-api/3.0/mlflow/assistant/message",
        "POST /ajax-api/3.0/jobs/",
        "POST /ajax-api/2.0/mlflow/gateway-proxy",
        "POST /gateway/openai/v1/chat/completions",
        "GET /api/3.0/mlflow/gateway/budgets/windows",
        "POST /gateway/proxy/chat/v1/files",
        "POST /api/3.0/mlflow/scorer/invoke",
        "DELETE /api/3.0/mlflow/mcp-servers/io.example/tools/versions/1",
        "POST /api/2.0mlflow/experiments/search-datasets",
    ],
)
def test_the_closed_families_are_refused_with_their_reason(line: str) -> None:
    assert reason(line) == "closed"


@pytest.mark.parametrize(
    ("feature", "line"),
    [
        (Feature.GATEWAY, "POST /api/3.0/mlflow/gateway/secrets/create"),
        (Feature.GATEWAY, "POST /gateway/chat/mlflow/invocations"),
        (Feature.JOBS, "POST /api/3.0/mlflow/prompt-optimization/jobs"),
        (Feature.JOBS, "GET /ajax-api/3.0/jobs/j-1"),
    ],
)
def test_a_row_of_a_feature_is_closed_until_the_feature_is_on(feature: Feature, line: str) -> None:
    others = [one for one in Feature if one is not feature]
    for table in (TABLE, Table(features=others)):
        with pytest.raises(Forbidden, match="STUDIO_MLFLOW_FEATURES") as refusal:
            table.match(asked(line))
        assert refusal.value.reason == "closed"
        assert f"'{feature}'" in refusal.value.message
    assert Table(features=[feature]).match(asked(line))[0].feature is feature


def test_a_closed_entry_may_name_methods() -> None:
    rule = Rule("GET", "/a", Action.READ)
    table = Table([rule], [Closed("/a", "Because.", ("POST",))])
    assert table.match(asked("GET /a"))[0] is rule
    assert reason("POST /a", table) == "closed"
    with pytest.raises(NoEndpoint):
        table.match(asked("DELETE /a"))


def test_two_rows_for_one_request_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two rules for GET /a"):
        Table([Rule("GET", "/a", Action.READ), Rule("GET", "/a", Action.LOG)])


def test_the_setting_knows_each_feature_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"database_url": "sqlite://", "secret_key": "x" * 32, "upstream_secret": "x" * 32}
    for name, value in made.items():
        monkeypatch.setenv(f"STUDIO_{name.upper()}", value)
    assert load().mlflow_features == frozenset()
    monkeypatch.setenv("STUDIO_MLFLOW_FEATURES", " , ".join(Feature))
    assert load().mlflow_features == frozenset(Feature)
    monkeypatch.setenv("STUDIO_MLFLOW_FEATURES", "gateway,assistant")
    with pytest.raises(SettingsError, match="STUDIO_MLFLOW_FEATURES"):
        load()

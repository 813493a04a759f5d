"""How MLflow's own interface is asked, and what is answered for it."""

from __future__ import annotations

import json

from content import METRIC

from .ask import Way, Ways, asked, told
from .estate import Estate

RUN = "run { info { runName } data { tags { value } } experiment { name } modelVersions { name } }"
BULK = "mlflowGetMetricHistoryBulkInterval"


def _query(field: str, inside: str, **named: object) -> Way:
    given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in named.items())
    return told(query=f"{{ {field}(input: {{{given}}}) {{ {inside} }} }}")


def _with_variables(c: Estate) -> Way:
    query = f"query Q($data: MlflowGetRunInput!) {{ mlflowGetRun(input: $data) {{ {RUN} }} }}"
    return told(query=query, variables={"data": {"runId": c.run}}, operationName="Q")


INTERFACE: Ways = {
    "GET /": lambda _: [asked()],
    "GET /static-files/{path:path}": lambda _: [Way(variables={"path": "favicon.ico"})],
    "POST /graphql": lambda c: [
        _with_variables(c),
        _query("mlflowGetRun", RUN, runId=c.run),
        _query("mlflowGetRun", RUN, runUuid=c.run),
        _query("mlflowGetExperiment", "experiment { name }", experimentId=c.experiment),
        _query("mlflowSearchRuns", "runs { info { runName } }", experimentIds=[c.experiment]),
        _query("mlflowSearchModelVersions", "modelVersions { name }", filter=f"run_id='{c.run}'"),
        _query(BULK, "metrics { value }", runIds=[c.run], metricKey=METRIC, maxResults=5),
        _query("mlflowListArtifacts", "files { path }", runId=c.run, path="notes"),
    ],
    "GET /api/3.0/mlflow/workspaces": lambda _: [asked()],
    "GET /api/3.0/mlflow/workspaces/{workspace_name}": lambda c: [
        Way(variables={"workspace_name": c.slug})
    ],
    "GET /api/2.0/mlflow/users/current": lambda _: [asked()],
}

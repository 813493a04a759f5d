"""Files of runs, logged models, traces and model versions, and MLflow's artifact proxy."""

from __future__ import annotations

from ...access.roles import Action
from .row import Check, Family, Rule

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_safe = (Check.SAFE_PATH,)
_own = (Check.OWN_ARTIFACTS,)
_models = Family("/api/2.0/mlflow/logged-models/{model_id}/artifacts/")
_proxy = Family("/api/2.0/mlflow-artifacts/artifacts")

ARTIFACTS = (
    Rule("GET", "/api/2.0/mlflow/artifacts/list", READ, checks=_safe),
    Rule("GET", "/get-artifact", READ, checks=_safe),
    Rule("GET", "/model-versions/get-artifact", READ, checks=_safe),
    Rule("GET", "/api/2.0/mlflow/get-trace-artifact", READ, checks=_safe, ajax=True),
    Rule("GET", "/api/3.0/mlflow/get-trace-artifact", READ, checks=_safe, ajax=True),
    _models("GET", "directories", READ, checks=_safe),
    _models("GET", "files", READ, checks=_safe, ajax=True),
    _proxy("GET", "", READ, checks=_own),
    _proxy("GET", "/{artifact_path:path}", READ, checks=_own),
    _proxy("PUT", "/{artifact_path:path}", LOG, checks=_own, streamed=True),
    _proxy("DELETE", "/{artifact_path:path}", DELETE, checks=_own),
)

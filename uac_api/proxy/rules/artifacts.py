"""Files of runs, logged models, traces and model versions, and MLflow's artifact proxy."""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Rule, RunAt, Surface, Use

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_file = Surface.ARTIFACT
_safe = (Check.SAFE_PATH,)
_own = (Check.OWN_ARTIFACTS,)
# MLflow 3.18 answers these with the file, or with an address in the store as `presigned` has it.
_linked = (Check.SAFE_PATH, Check.LINK)
_write = (Check.OWN_ARTIFACTS, Check.OWN_FOLDER, Check.STORED_SKILLS)
_parts = (*_write, Check.UPLOAD_PARTS)
_link = (Check.PRESIGNED,)
_named, _path = RunAt.FIELDS, RunAt.PATH
_any = "artifacts/{artifact_path:path}"
_models = Family("/api/2.0/mlflow/logged-models/{model_id}/artifacts/")
_run = Family("/api/2.0/mlflow/artifacts/")
_proxy = Family("/api/2.0/mlflow-artifacts/")

ARTIFACTS = (
    _run("GET", "list", READ, checks=_safe, run=_named),
    Rule("GET", "/get-artifact", READ, checks=_safe, surface=_file, run=_named),
    Rule("GET", "/model-versions/get-artifact", READ, checks=_linked, surface=_file),
    Rule("GET", "/api/2.0/mlflow/get-trace-artifact", READ, checks=_safe, ajax=True, surface=_file),
    Rule("GET", "/api/3.0/mlflow/get-trace-artifact", READ, checks=_safe, ajax=True, surface=_file),
    # The body is the file itself.
    Rule(
        "POST",
        "/api/2.0/mlflow/upload-artifact",
        LOG,
        checks=_safe,
        streamed=True,
        ajax=True,
        run=RunAt.QUERY,
        uses=Use.BYTES,
    ),
    _models("GET", "directories", READ, checks=_safe),
    _models("GET", "files", READ, checks=_linked, ajax=True, surface=_file),
    _proxy("GET", "artifacts", READ, checks=_own, run=_path),
    _proxy("GET", _any, READ, checks=_own, surface=_file, run=_path),
    _proxy("PUT", _any, LOG, checks=_write, streamed=True, run=_path, uses=Use.BYTES),
    _proxy("DELETE", _any, DELETE, checks=_write),
    # These answer addresses in the artifact store that need no credential for some minutes.
    _proxy("POST", "mpu/create/{artifact_path:path}", LOG, checks=_parts, run=_path, uses=Use.ROOM),
    # 10,000 parts, each with its presigned address.
    _proxy("POST", "mpu/complete/{artifact_path:path}", LOG, checks=_parts, run=_path, large=24),
    _proxy("POST", "mpu/abort/{artifact_path:path}", LOG, checks=_parts, run=_path),
    _proxy("GET", "presigned/{artifact_path:path}", READ, checks=_own, run=_path),
    _run("POST", "presigned-upload-url", LOG, checks=_link, run=_named, uses=Use.ROOM),
    _run("POST", "presigned-download-url", READ, checks=_link, run=_named),
)

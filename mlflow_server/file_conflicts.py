"""What MLflow's artifact store in a folder cannot do because of the path it was given.

MLflow answers these failures of the file system with a bare 500, as it does those of a disk that is
gone. They are the caller's to mend: a file cannot stand where a folder stands, nor below a file,
and names have a length. S3 knows no such conflict.
"""

import errno
import json
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from flask import Flask, Response
from flask import request as flask_request
from starlette.requests import Request

# Every address by which files are read and written has it in its path; elsewhere such a failure is
# not about the path that the caller gave.
OF_FILES = "artifact"
_BELOW_A_FILE = (
    "A part of this path is a file already, so nothing can be below it. Choose another folder, or "
    "delete that file first."
)
_CONFLICTS = {
    errno.EISDIR: (
        "There is a folder of this name already. Give the file another name, or delete the folder "
        "first."
    ),
    errno.ENOTDIR: _BELOW_A_FILE,
    errno.EEXIST: _BELOW_A_FILE,
}
_TOO_LONG = (
    "A name in this path, or the path as a whole, is longer than the artifact store can keep: a "
    "name may have 255 bytes. Shorten it."
)


def answer_on(native: FastAPI, behind: Flask) -> None:
    """Have both halves of MLflow answer such a failure with 409 or 400 in MLflow's shape.

    MLflow serves GET and PUT of files in `native` and everything else about them in `behind`. What
    is no such failure goes on as it was raised, to MLflow's own 500.
    """

    async def in_native(request: Request, error: Exception) -> JSONResponse:
        found = _refusal(request.url.path, error)
        if found is None:
            raise error
        status, body = found
        return JSONResponse(body, status)

    def in_flask(error: OSError) -> Response:
        found = _refusal(flask_request.path, error)
        if found is None:
            raise error
        status, body = found
        return Response(json.dumps(body), status, mimetype="application/json")

    native.add_exception_handler(OSError, in_native)
    behind.register_error_handler(OSError, in_flask)


def _refusal(path: str, error: Exception) -> tuple[int, dict[str, str]] | None:
    """(status, body) for a failure that the path is to blame for; None for every other."""
    if not isinstance(error, OSError) or OF_FILES not in path or not _root_is_there():
        return None
    if error.errno in _CONFLICTS:
        conflict = {"error_code": "CONFLICT", "reason": "file_conflict"}
        return HTTPStatus.CONFLICT, {**conflict, "message": _CONFLICTS[error.errno]}
    if error.errno == errno.ENAMETOOLONG:
        mistake = {"error_code": "INVALID_PARAMETER_VALUE", "reason": "name_too_long"}
        return HTTPStatus.BAD_REQUEST, {**mistake, "message": _TOO_LONG}
    return None


def _root_is_there() -> bool:
    """Whether the store is a folder now; a mount that is gone may have left a file or a link."""
    from mlflow.server.handlers import _get_artifact_repo_mlflow_artifacts
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    store = _get_artifact_repo_mlflow_artifacts()
    if not isinstance(store, LocalArtifactRepository):
        return True
    return Path(store.artifact_dir).is_dir()

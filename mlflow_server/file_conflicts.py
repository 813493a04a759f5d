"""What MLflow's artifact store in a folder cannot do because of the path it was given.

MLflow answers these failures of the file system with a bare 500, as it does those of a disk that is
gone. They are the caller's to mend: a file cannot stand where a folder stands, nor below a file,
names have a length, and a folder is not read as a file. S3 knows the last one only.
"""

import errno
import json
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from flask import Flask, Response
from flask import request as flask_request
from starlette.requests import Request

from telemetry.asgi import Application, Message, Receive, Scope, Send

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
_FOLDER = (
    "Artifact path refers to a directory, not a file. List the folder and ask for the files in it."
)
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
        found = _refusal(request.method, request.url.path, error)
        if found is None:
            raise error
        status, body = found
        return JSONResponse(body, status)

    def in_flask(error: OSError) -> Response:
        found = _refusal(flask_request.method, flask_request.path, error)
        if found is None:
            raise error
        status, body = found
        return Response(json.dumps(body), status, mimetype="application/json")

    native.add_exception_handler(OSError, in_native)
    behind.register_error_handler(OSError, in_flask)


class WholeAnswers:
    """An ASGI application that never ends the answer of a file that broke off as if it were whole.

    From S3 a file streams without a length. When reading it fails, Starlette's BaseHTTPMiddleware
    sends the end of the body first and raises afterwards: a folder read as a file was 200 with
    nothing in it. So the end waits until the application behind has returned, and the beginning
    until there is something of the body: until then the failure can still be told.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; what is no download of a file goes by untouched."""
        reads = scope["type"] == "http" and scope["method"] == "GET" and OF_FILES in scope["path"]
        if not reads:
            await self._application(scope, receive, send)
            return
        held: list[Message] = []
        begun = False

        async def release() -> None:
            while held:
                await send(held.pop(0))

        async def hold(message: Message) -> None:
            nonlocal begun
            held.append(message)
            if message.get("body") and message.get("more_body"):
                begun = True
                await release()

        try:
            await self._application(scope, receive, hold)
        except Exception as error:
            # Starlette wraps what it found no more time to answer.
            refusal = _refusal(scope["method"], scope["path"], error.__cause__ or error)
            if begun or refusal is None:
                raise
            status, body = refusal
            await JSONResponse(body, status)(scope, receive, send)
        else:
            await release()


def _refusal(method: str, path: str, error: BaseException) -> tuple[int, dict[str, str]] | None:
    """(status, body) for a failure that the path is to blame for; None for every other."""
    if not isinstance(error, OSError) or OF_FILES not in path:
        return None
    if method == "GET" and error.errno == errno.EISDIR:
        status, code, reason, message = 400, "INVALID_PARAMETER_VALUE", "folder", _FOLDER
    elif error.errno in _CONFLICTS:
        status, code, reason = 409, "CONFLICT", "file_conflict"
        message = _CONFLICTS[error.errno]
    elif error.errno == errno.ENAMETOOLONG:
        status, code, reason, message = 400, "INVALID_PARAMETER_VALUE", "name_too_long", _TOO_LONG
    else:
        return None
    if not _root_is_there():
        return None
    return status, {"error_code": code, "message": message, "reason": reason}


def _root_is_there() -> bool:
    """Whether the store is a folder now; a mount that is gone may have left a file or a link."""
    from mlflow.server.handlers import _get_artifact_repo_mlflow_artifacts
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    store = _get_artifact_repo_mlflow_artifacts()
    if not isinstance(store, LocalArtifactRepository):
        return True
    return Path(store.artifact_dir).is_dir()

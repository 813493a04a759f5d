"""Downloads of files, one alone or many as a zip, which go through Studio piece by piece.

A browser holds no credential of the API: it asks Studio, by a link, and shows the cookie of its
session. Who may read what is decided by the API. Nothing is held here but the piece under way, so
that a file may be as large as it likes.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack
from typing import Literal
from urllib.parse import quote, urlencode

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from studio_app.api import client_headers
from studio_app.api.artifacts import Stream
from studio_app.api.client import ApiError, Client
from studio_app.artifacts import artifacts
from studio_app.artifacts.artifacts import Root
from studio_app.auth import cookie
from studio_app.settings import settings

ZIP_PATH = "/download/artifacts.zip"
FILE_PATH = "/download/artifact"
_PIECE = 256 * 1024
# So many wait for the API at once, for a place for files up to 15 s (api/transport.py): of the
# forty threads that everything else here shares, some are left then.
_OPENING = CapacityLimiter(20)
# Never a type that a browser would open as a page.
_FILE_TYPE = "application/octet-stream"


def zip_address(project: str, root: Root) -> str:
    """The address of a zip of all files of a root; `&path=` is added for each of a choice."""
    return f"{ZIP_PATH}?{urlencode({'project': project, root.kind: root.id})}"


def file_address(project: str, root: Root, path: str) -> str:
    """The address of one file of a root."""
    named = {"project": project, root.kind: root.id, "uri": root.uri, "path": path}
    return f"{FILE_PATH}?{urlencode(named)}"


async def download_zip(request: Request) -> Response:
    """The zip that the address names; or a sentence in its place."""
    asked = request.query_params
    kind, identity = _root(asked)
    client = _client(request)
    if client is None or not identity:
        return _not_asked(client)
    wanted = client.artifact_zip(asked["project"], kind, identity, asked.getlist("path"))
    return await _stream(wanted, "application/zip")


async def download_file(request: Request) -> Response:
    """The file that the address names; or a sentence in its place."""
    asked = request.query_params
    kind, identity = _root(asked)
    path = asked.get("path", "")
    client = _client(request)
    if client is None or not identity or not path:
        return _not_asked(client)
    root = Root(kind, identity, asked.get("uri", ""))
    try:
        wanted = artifacts.open_file(client, asked["project"], root, path)
    except ApiError as error:
        return _refusal(error.status, error.message)
    return await _stream(wanted, _FILE_TYPE, name=path.rpartition("/")[2])


def _root(asked: QueryParams) -> tuple[Literal["run", "model"], str]:
    """The kind of the root in an address, and its id; that is empty where anything is missing."""
    kind: Literal["run", "model"] = "run" if "run" in asked else "model"
    return kind, asked.get(kind, "") if asked.get("project") else ""


def _client(request: Request) -> Client | None:
    """The API as the person of this browser has it; None for a browser without a session."""
    token = cookie.SESSION.read(request.cookies)
    if token is None:
        return None
    return Client(settings().api_url, token, visitor=client_headers.of_request(request))


async def _stream(
    wanted: AbstractContextManager[Stream], media_type: str, name: str = ""
) -> Response:
    resources = ExitStack()
    try:
        found = await to_thread.run_sync(resources.enter_context, wanted, limiter=_OPENING)
    except ApiError as error:
        return _refusal(error.status, error.message)
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {
        "Content-Disposition": disposition if name else found.disposition,
        "Cache-Control": "no-store",
    }
    if found.size is not None:
        # So that the browser can say how much is still to come, and that something is missing.
        headers["Content-Length"] = str(found.size)
    return StreamingResponse(_pieces(found, resources), media_type=media_type, headers=headers)


async def _pieces(found: Stream, resources: ExitStack) -> AsyncIterator[bytes]:
    # What it raises ends the connection in the middle, which a browser shows as a failure.
    try:
        while piece := await run_in_threadpool(found.read, _PIECE):
            yield piece
    finally:
        resources.close()


def _not_asked(client: Client | None) -> Response:
    if client is None:
        return _refusal(401, "Sign in to ML Studio in this browser, and download it again.")
    return _refusal(400, "This address is not whole. Use the link on the page of the run.")


def _refusal(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})

"""The download of many files as one zip, which goes through Studio piece by piece.

A browser holds no credential of the API: it asks Studio, by a link, and shows the cookie of its
session. Who may read what is decided by the API.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Literal
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from studio_app.api import client_headers
from studio_app.api.artifacts import ZipFile
from studio_app.api.client import ApiError, Client
from studio_app.artifacts.artifacts import Root
from studio_app.auth import cookie
from studio_app.settings import settings

PATH = "/download/artifacts.zip"
_PIECE = 256 * 1024


def address(project: str, root: Root) -> str:
    """The address of a zip of all files of a root; `&path=` is added for each of a choice."""
    return f"{PATH}?{urlencode({'project': project, root.kind: root.id})}"


async def download(request: Request) -> Response:
    """The zip that the address names; or a sentence in its place."""
    token = cookie.SESSION.read(request.cookies)
    asked = request.query_params
    kind: Literal["run", "model"] = "run" if "run" in asked else "model"
    if token is None:
        return _refusal(401, "Sign in to ML Studio in this browser, and download it again.")
    if not asked.get("project") or not asked.get(kind):
        return _refusal(400, "This address is not whole. Use the link on the page of the run.")
    client = Client(settings().api_url, token, visitor=client_headers.of_request(request))
    opened = ExitStack()
    wanted = client.artifact_zip(asked["project"], kind, asked[kind], asked.getlist("path"))
    try:
        file = await run_in_threadpool(opened.enter_context, wanted)
    except ApiError as error:
        return _refusal(error.status, error.message)
    headers = {
        # Never a type that a browser would open as a page, and never kept by it.
        "Content-Disposition": file.disposition,
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(file, opened), media_type="application/zip", headers=headers)


async def _pieces(file: ZipFile, opened: ExitStack) -> AsyncIterator[bytes]:
    # What it raises ends the connection in the middle, which a browser shows as a failure.
    try:
        while piece := await run_in_threadpool(file.read, _PIECE):
            yield piece
    finally:
        opened.close()


def _refusal(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})

"""Headers that go to MLflow and come back, and the shape of what leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus

from ...errors import BadRequest, StudioError
from ...mlflow.http import CONTROLS
from ...mlflow.upstream import Answer
from ..request.call import Call
from ..rules import Surface
from . import security_headers

# Everything else stays here: credentials, cookies, forwarding headers, the workspace.
TO_MLFLOW = (
    "Accept",
    "Accept-Encoding",
    "Content-Encoding",
    "Content-Type",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Range",
    "User-Agent",
    "X-Mlflow-Experiment-Id",
    "X-Mlflow-Run-Id",
    "X-Mlflow-Client-Version",
)
FROM_MLFLOW = frozenset(
    {
        "accept-ranges",
        "allow",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "retry-after",
        "vary",
        "x-content-type-options",
        "x-frame-options",
    }
)
# MLflow's own answer says that it failed, or refuses.
MLFLOW_ERROR = "mlflow_error"
ERROR_CODES = {404: "RESOURCE_DOES_NOT_EXIST", 405: "ENDPOINT_NOT_FOUND"}
# An answer up to this size is read at once, which frees the connection to MLflow early.
SMALL = 1024 * 1024

Headers = list[tuple[str, str]]


class _HtmlError(StudioError):
    """MLflow's HTML error page, told in its JSON shape."""


def forwarded(call: Call, request_id: str) -> dict[str, str]:
    """The request headers that MLflow gets."""
    headers = {name: value for name in TO_MLFLOW if (value := call.header(name)) is not None}
    if any(not CONTROLS.isdisjoint(value) for value in headers.values()):
        raise BadRequest("A header holds a line break. Send it without.", reason="header")
    headers["X-Request-ID"] = request_id
    # What comes back must be readable to the client, which may have named nothing.
    headers.setdefault("Accept-Encoding", "identity")
    # Without a body the length is the wire's to say: twice, and MLflow takes it for no HTTP.
    if call.body is None and call.has_body and call.length is not None:
        headers["Content-Length"] = str(call.length)
    return headers


@dataclass(slots=True)
class Response:
    """What leaves: a status, headers, and the body, which is here or still at MLflow.

    One that is `streamed` needs what the request holds until its last piece has gone out.
    """

    status: int
    headers: Headers
    content: Iterable[bytes]
    streamed: bool = False

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {_phrase(self.status)}"


class StreamedBody:
    """A body that goes out piece by piece; the server closes it, also when the client left.

    `resources` is what the request holds; who makes the body hands it over afterwards.
    """

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content = content
        self.resources = ExitStack()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content)

    def close(self) -> None:
        """Give back what the request held, whatever its end was (PEP 3333)."""
        self.resources.close()


def of_mlflow(
    answer: Answer,
    request_id: str,
    surface: Surface | None = None,
    more: Iterable[tuple[str, str]] = (),
) -> Response:
    """MLflow's answer as it is: status, the headers that matter and ours, the bytes.

    Ours are those of the `surface`, and `more`. A small body is read at once.
    """
    headers = [(name, value) for name, value in answer.headers.items() if name in FROM_MLFLOW]
    if surface is not None:
        headers = security_headers.dressed(headers, surface)
    headers += more
    kind = answer.headers.get("content-type", "").lower()
    if answer.status >= HTTPStatus.BAD_REQUEST and kind.startswith("text/html"):
        # A 416 without the true length would leave the client guessing.
        kept = [header for header in headers if header[0] == "content-range"]
        return refusal(_html_error(answer.status), request_id, kept)
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length) <= SMALL:
        content = answer.body.read()
        if answer.status >= HTTPStatus.BAD_REQUEST and kind.startswith("application/json"):
            content = _with_reason(content, answer.status, request_id)
            headers = [header for header in headers if header[0] != "content-length"]
            headers.append(("content-length", str(len(content) or int(length))))
        return Response(answer.status, headers, [content])
    return Response(answer.status, headers, answer.body, streamed=True)


def refusal(error: StudioError, request_id: str, more: Iterable[tuple[str, str]] = ()) -> Response:
    """An error of ours in MLflow's shape."""
    body = error.body(request_id)
    headers: Headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *more,
    ]
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", 'Bearer realm="ML Studio"'))
    if error.retry_after is not None:
        headers.append(("Retry-After", str(error.retry_after)))
    return Response(error.status, headers, [body])


def _with_reason(content: bytes, status: int, request_id: str) -> bytes:
    """An error of MLflow's with all that it said, and what every error of ours has besides."""
    try:
        document = json.loads(content)
    except ValueError:
        return content
    if not isinstance(document, dict):
        return content
    ours = {
        "error_code": _error_code(status),
        # FastAPI's own errors have this in place of a message.
        "message": str(document.get("detail", _sentence(status))),
        "reason": MLFLOW_ERROR,
        "request_id": request_id,
    }
    return json.dumps({**document, **{k: v for k, v in ours.items() if k not in document}}).encode()


def _html_error(status: int) -> StudioError:
    error = _HtmlError(_sentence(status))
    error.status = status
    error.reason = MLFLOW_ERROR
    error.error_code = _error_code(status)
    return error


def _sentence(status: int) -> str:
    return f"MLflow answered {status} {_phrase(status)}. Check what was sent."


def _error_code(status: int) -> str:
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return ERROR_CODES.get(status, "INTERNAL_ERROR" if failed else "BAD_REQUEST")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"

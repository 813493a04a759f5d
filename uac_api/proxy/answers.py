"""Headers that go to MLflow and come back, and the shape of what leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from ..errors import StudioError
from . import surfaces
from .call import Call
from .rules import Surface
from .upstream import Answer

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
HTML_ERROR_CODES = {404: "RESOURCE_DOES_NOT_EXIST", 405: "ENDPOINT_NOT_FOUND"}
# An answer up to this size is read at once, which frees the connection to MLflow early.
SMALL = 1024 * 1024

Headers = list[tuple[str, str]]


class _HtmlError(StudioError):
    """MLflow's HTML error page, told in its JSON shape."""


def forwarded(call: Call, request_id: str) -> dict[str, str]:
    """The request headers that MLflow gets."""
    headers = {name: value for name in TO_MLFLOW if (value := call.header(name)) is not None}
    headers["X-Request-ID"] = request_id
    # What comes back must be readable to the client, which may have named nothing.
    headers.setdefault("Accept-Encoding", "identity")
    # Without a body the length is the wire's to say: twice, and MLflow takes it for no HTTP.
    if call.body is None and call.has_body and call.length is not None:
        headers["Content-Length"] = str(call.length)
    return headers


def hand_back(
    answer: Answer,
    request_id: str,
    start_response: Callable[..., Any],
    over: Callable[[], None],
    surface: Surface | None = None,
    more: Iterable[tuple[str, str]] = (),
) -> Iterable[bytes]:
    """MLflow's answer as it is: status, the headers that matter and ours, the bytes.

    Ours are those of the `surface`, and `more`.

    `over` is called once MLflow has nothing more to do with it.
    """
    headers = [(name, value) for name, value in answer.headers.items() if name in FROM_MLFLOW]
    if surface is not None:
        headers = surfaces.dressed(headers, surface)
    headers += more
    kind = answer.headers.get("content-type", "").lower()
    if answer.status >= HTTPStatus.BAD_REQUEST and kind.startswith("text/html"):
        answer.body.close()
        over()
        # A 416 without the true length would leave the client guessing.
        kept = [header for header in headers if header[0] == "content-range"]
        return refusal(_html_error(answer.status), request_id, start_response, kept)
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length) <= SMALL:
        content = answer.body.read()
        over()
        start_response(_status_line(answer.status), headers)
        return [content]
    start_response(_status_line(answer.status), headers)
    return _Pieces(answer, over)


class _Pieces:
    """The body piece by piece; closing it (also when the client left) frees the connection."""

    def __init__(self, answer: Answer, over: Callable[[], None]) -> None:
        self._answer = answer
        self._over = over

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer.body)

    def close(self) -> None:
        """Called by the server at the end, whatever the end was."""
        self._answer.body.close()
        self._over()


def refusal(
    error: StudioError,
    request_id: str,
    start_response: Callable[..., Any],
    more: Iterable[tuple[str, str]] = (),
) -> Iterable[bytes]:
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
    start_response(_status_line(error.status), headers)
    return [body]


def _html_error(status: int) -> StudioError:
    error = _HtmlError(f"MLflow answered {status} {_phrase(status)}. Check what was sent.")
    error.status = status
    error.reason = "mlflow_error"
    error.error_code = HTML_ERROR_CODES.get(
        status, "INTERNAL_ERROR" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "BAD_REQUEST"
    )
    return error


def _status_line(status: int) -> str:
    return f"{status} {_phrase(status)}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"

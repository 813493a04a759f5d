"""Sends one request to uac_api and reads its answer, or says why there is none."""

import json
import logging
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import urllib3

from studio_app.api.errors import ApiError, Unavailable, from_answer
from studio_app.settings import settings
from telemetry import log_lines, request_spans

_log = logging.getLogger("studio_app.api.transport")

Query = Mapping[str, Any]

CONNECT_SECONDS = 5
ARROW = "application/vnd.apache.arrow.stream"
# How much of a refusal is read: its sentence is short, a page of a proxy may not be.
MOST_OF_A_REFUSAL = 1 << 20
# Where many people act in one moment, the last of them wait for a place for so long.
BUSY_SECONDS = 15.0
# Who is to come again after more than that would not wait for a place, but for MLflow.
BRIEF_SECONDS = 2

# One pool for the process: connections are shared, the Authorization header never is,
# because it is sent with each request and not kept by the pool.
_pool = urllib3.PoolManager(num_pools=4, maxsize=32, retries=False)


@dataclass(frozen=True)
class Arrow:
    """A table, and the headers that came with it."""

    table: pa.Table
    headers: Mapping[str, str]


def send(
    method: str,
    url: str,
    *,
    token: str | None,
    query: Query | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
    reads: bool = False,
) -> urllib3.BaseHTTPResponse:
    """The answer of the API, with its body unread when `stream`.

    What only `reads` may be sent twice, as GET is anyway. Where all places for MLflow are taken it
    waits for one, for BUSY_SECONDS at most. Raises ApiError for any status of 300 and above:
    redirects are never followed, for they would carry the token elsewhere.
    """
    request_id = uuid.uuid4().hex
    sent = {"Accept": "*/*" if stream else "application/json", "X-Request-ID": request_id}
    sent |= headers or {}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    again = reads or method == "GET"
    until = time.monotonic() + BUSY_SECONDS
    while True:
        with request_spans.call("uac_api") as traceparent:
            sent["traceparent"] = traceparent
            target = url + encoded(query)
            answer = _answer(method, target, content, sent, stream=stream, again=again)
        if answer.status < 300:
            return answer
        error = _refusal(answer, request_id, stream=stream)
        pause = _pause(error, answer.headers.get("Retry-After", ""))
        if pause is None or time.monotonic() + pause > until:
            raise error
        # Many who are refused in one moment would come again in one moment.
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - no secret


def _refusal(answer: urllib3.BaseHTTPResponse, request_id: str, *, stream: bool) -> ApiError:
    """What an answer of 300 and above says; its connection is given back."""
    try:
        data = answer.read(MOST_OF_A_REFUSAL) if stream else answer.data
    except urllib3.exceptions.HTTPError as error:
        raise unreachable(request_id) from error
    finally:
        _give_back(answer)
    return from_answer(answer.status, _decoded_or_none(data), request_id)


def _pause(error: ApiError, retry_after: str) -> float | None:
    """How long to wait where all places for MLflow are taken; None for any other refusal.

    The API has sent nothing to MLflow then, so that a change may be sent again as well. Where
    MLflow is away it says so by a longer time, and the person is to know.
    """
    if error.reason != "mlflow_unavailable" or not retry_after.isdecimal():
        return None
    return float(retry_after) if int(retry_after) <= BRIEF_SECONDS else None


@contextmanager
def streamed(
    url: str, *, token: str | None, query: Query | None, headers: Mapping[str, str]
) -> Iterator[urllib3.BaseHTTPResponse]:
    """The answer to a GET with its body unread; its connection is given back at every exit.

    Raises ApiError as `send` does, and Unavailable when the body breaks off.
    """
    answer = send("GET", url, token=token, query=query, headers=headers, stream=True)
    with _unread(answer):
        yield answer


def table(url: str, *, token: str | None, body: object, headers: Mapping[str, str]) -> Arrow:
    """The table that answers a question; raises ApiError as `send` does, and Unavailable."""
    sent = {**headers, "Accept": ARROW}
    answer = send("POST", url, token=token, body=body, headers=sent, stream=True, reads=True)
    with _unread(answer):
        return Arrow(pa.ipc.open_stream(answer).read_all(), answer.headers)


@contextmanager
def _unread(answer: urllib3.BaseHTTPResponse) -> Iterator[None]:
    """Gives the connection of an answer back at every exit; raises Unavailable if it breaks off."""
    try:
        yield
    except urllib3.exceptions.HTTPError as error:
        raise unreachable(answer.headers.get("X-Request-ID", "")) from error
    finally:
        _give_back(answer)


def _give_back(answer: urllib3.BaseHTTPResponse) -> None:
    """Ends the use of a connection; one with an unread body is closed, for it cannot be reused."""
    answer.close()
    answer.release_conn()


def decoded(data: bytes) -> Any:
    """The JSON value of an answer; None for an empty one. Raises ApiError."""
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise ApiError(
            502,
            "BAD_ANSWER",
            "The service answered with something that is not JSON. "
            "Check that STUDIO_API_URL is the address of ML Studio's API.",
        ) from error


def encoded(query: Query | None) -> str:
    """A query string; empty values are left out, lists become repeated names."""
    given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
    return "?" + urlencode(given, doseq=True) if given else ""


def unreachable(request_id: str) -> Unavailable:
    """The error of an API that cannot be reached or that broke off."""
    return Unavailable(
        503,
        "TEMPORARILY_UNAVAILABLE",
        "ML Studio's API does not answer at the moment.",
        "api_unavailable",
        request_id,
    )


def _answer(
    method: str,
    url: str,
    content: bytes | None,
    headers: dict[str, str],
    *,
    stream: bool,
    again: bool,
) -> urllib3.BaseHTTPResponse:
    """Sends once; a read whose kept-alive connection had just been closed is sent again."""
    for attempt in (1, 2):
        try:
            return _pool.request(
                method,
                url,
                body=content,
                headers=headers,
                redirect=False,
                preload_content=not stream,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=settings().api_seconds),
            )
        except urllib3.exceptions.ProtocolError as error:
            if not again or attempt == 2:
                raise unreachable(headers["X-Request-ID"]) from error
        except urllib3.exceptions.HTTPError as error:
            told = {"request_id": headers["X-Request-ID"], "reason": type(error).__name__}
            log_lines.say(_log, "api_unavailable", told, level=logging.WARNING)
            raise unreachable(headers["X-Request-ID"]) from error
    raise AssertionError("the second attempt either answers or raises")


def _decoded_or_none(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None

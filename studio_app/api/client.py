"""The only module that speaks to uac_api: one method per call, JSON in and out.

The calls of each noun are in `studio_app/api/<noun>.py`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3

from studio_app.api import transport
from studio_app.api.artifacts import ArtifactCalls, Stream
from studio_app.api.audit import AuditCalls
from studio_app.api.base import Json, segment
from studio_app.api.errors import ApiError, SignedOut, Unavailable
from studio_app.api.groups import GroupCalls
from studio_app.api.lists import ListCalls
from studio_app.api.members import MemberCalls, RequestCalls
from studio_app.api.projects import ProjectCalls, TrashCalls, UsageCalls
from studio_app.api.runs import RunCalls
from studio_app.api.service_accounts import ServiceAccountCalls
from studio_app.api.sessions import SessionCalls, SignInDelayCalls, SingleSignOnCalls
from studio_app.api.system import SystemCalls
from studio_app.api.tokens import TokenCalls
from studio_app.api.traces import TraceCalls
from studio_app.api.transport import Query
from studio_app.api.users import InvitationCalls, UserCalls
from studio_app.api.views import ViewCalls

__all__ = ["ApiError", "Client", "Download", "FilePart", "Json", "SignedOut", "Unavailable"]

PEOPLE = "/studio/v1"


@dataclass(frozen=True)
class Download:
    """A file, or its first bytes when `truncated`. `size` is in bytes, None when unknown."""

    content: bytes
    content_type: str
    truncated: bool
    size: int | None


@dataclass(frozen=True)
class FilePart:
    """Bytes of a file from `start` on; `size` is that of the whole file."""

    content: bytes
    start: int
    size: int


# The answer to a part: from which byte, to which one, of how many.
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)", re.ASCII)


class Client(
    SessionCalls,
    SignInDelayCalls,
    SingleSignOnCalls,
    UserCalls,
    InvitationCalls,
    GroupCalls,
    ProjectCalls,
    MemberCalls,
    RequestCalls,
    TokenCalls,
    ServiceAccountCalls,
    TrashCalls,
    ListCalls,
    RunCalls,
    ArtifactCalls,
    TraceCalls,
    ViewCalls,
    AuditCalls,
    UsageCalls,
    SystemCalls,
):
    """Calls of one person, made with that person's own session token.

    `visitor` are headers about the browser that Studio speaks for (studio_app.api.client_headers).
    Every method raises ApiError, SignedOut or Unavailable (studio_app.api.errors).
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        visitor: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._visitor = dict(visitor or {})

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded JSON answer of any path of the API; None for an empty answer."""
        answer = transport.send(
            method,
            self._base_url + path,
            token=self._token,
            query=query,
            body=body,
            headers={**self._visitor, **(headers or {})},
        )
        return transport.decoded(answer.data)

    def mlflow(
        self,
        project: str,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
    ) -> Any:
        """The answer of an MLflow path of one project, such as `api/2.0/mlflow/runs/get`."""
        return self.request(method, _project_path(project, path), query=query, body=body)

    def download(
        self, project: str, path: str, *, query: Query | None = None, limit: int | None = None
    ) -> Download:
        """A file of a project, at most `limit` bytes of it."""
        url = self._base_url + _project_path(project, path)
        with transport.streamed(
            url, token=self._token, query=query, headers=self._visitor
        ) as answer:
            content = answer.read() if limit is None else answer.read(limit + 1)
            truncated = limit is not None and len(content) > limit
            length = answer.headers.get("Content-Length", "")
            return Download(
                content=content[:limit] if truncated else content,
                content_type=answer.headers.get("Content-Type", "application/octet-stream"),
                truncated=truncated,
                size=int(length) if length.isdigit() else None if truncated else len(content),
            )

    @contextmanager
    def open_file(self, project: str, path: str, *, query: Query | None = None) -> Iterator[Stream]:
        """A file of a project while it comes: nothing of it is held."""
        url = self._base_url + _project_path(project, path)
        with transport.streamed(
            url, token=self._token, query=query, headers=self._visitor
        ) as answer:
            yield Stream.of(answer)

    def download_part(
        self, project: str, path: str, part: str, *, query: Query | None = None, limit: int
    ) -> FilePart:
        """A part of a file: `part` is `100-` or `-100` (RFC 9110, 14.1.2), of it `limit` bytes.

        Raises ApiError 416 where the file has no such part, and 501 where its store gives whole
        files alone.
        """
        url = self._base_url + _project_path(project, path)
        headers = {**self._visitor, "Range": f"bytes={part}"}
        with transport.streamed(url, token=self._token, query=query, headers=headers) as answer:
            given = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if given is None:
                raise ApiError(
                    501, "NOT_IMPLEMENTED", "This file can only be read whole. Download it."
                )
            return FilePart(answer.read(limit), int(given[1]), int(given[2]))

    def table(self, path: str, question: Json) -> transport.Arrow:
        """The table in the answer of a path below /studio/v1/, and its headers."""
        url = f"{self._base_url}{PEOPLE}/{path}"
        return transport.table(url, token=self._token, body=question, headers=self._visitor)

    def stream(
        self, path: str, *, query: Query | None = None
    ) -> AbstractContextManager[urllib3.BaseHTTPResponse]:
        """The answer of a path below /studio/v1/ with its body unread."""
        url = f"{self._base_url}{PEOPLE}/{path}"
        return transport.streamed(url, token=self._token, query=query, headers=self._visitor)

    def people(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The decoded answer of a path below /studio/v1/; an empty document for an empty one."""
        answer = self.request(method, f"{PEOPLE}/{path}", query=query, body=body, headers=headers)
        return answer if isinstance(answer, dict) else {}


def _project_path(project: str, path: str) -> str:
    return f"/projects/{segment(project)}/{path.lstrip('/')}"

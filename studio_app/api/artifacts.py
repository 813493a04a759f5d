"""Files of a run or a logged model as one zip."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

import urllib3

from studio_app.api.base import segment
from studio_app.api.transport import Query

_ROOTS = {"run": "runs", "model": "logged-models"}


@dataclass(frozen=True)
class ZipFile:
    """A zip under way: `read` gives its next bytes, none at its end."""

    disposition: str
    read: Callable[[int], bytes]


class StreamCalls(Protocol):
    """Somebody who can ask the API for a file, too."""

    def stream(
        self, path: str, *, query: Query | None = None
    ) -> AbstractContextManager[urllib3.BaseHTTPResponse]:
        """The answer of a path below /studio/v1/ with its body unread."""


class ArtifactCalls(StreamCalls):
    """Calls for many files at once."""

    @contextmanager
    def artifact_zip(
        self, project: str, kind: Literal["run", "model"], identity: str, paths: Sequence[str]
    ) -> Iterator[ZipFile]:
        """The files and folders at these paths of a run or a logged model; all without paths."""
        root = f"projects/{segment(project)}/{_ROOTS[kind]}/{segment(identity)}"
        query = {"path": list(paths)} if paths else None
        with self.stream(f"{root}/artifacts.zip", query=query) as answer:
            yield ZipFile(answer.headers.get("Content-Disposition", "attachment"), answer.read)

"""Files of a run or a logged model while they come: one alone, or many as one zip."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import urllib3

from studio_app.api.base import segment
from studio_app.api.transport import Query

_ROOTS = {"run": "runs", "model": "logged-models"}


@dataclass(frozen=True)
class Stream:
    """A file under way: `read` gives its next bytes, none at its end.

    `size` is how many come, None where the API does not say; `disposition` how it is to be kept.
    """

    disposition: str
    size: int | None
    read: Callable[[int], bytes]

    @classmethod
    def of(cls, answer: urllib3.BaseHTTPResponse) -> Self:
        """The body of an answer that was not read."""
        length = answer.headers.get("Content-Length", "")
        # Of what comes packed the length is another one once it is unpacked.
        known = length.isdecimal() and "Content-Encoding" not in answer.headers
        return cls(
            disposition=answer.headers.get("Content-Disposition", "attachment"),
            size=int(length) if known else None,
            read=answer.read,
        )


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
    ) -> Iterator[Stream]:
        """The files and folders at these paths of a run or a logged model; all without paths."""
        root = f"projects/{segment(project)}/{_ROOTS[kind]}/{segment(identity)}"
        query = {"path": list(paths)} if paths else None
        with self.stream(f"{root}/artifacts.zip", query=query) as answer:
            yield Stream.of(answer)

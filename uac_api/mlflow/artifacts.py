"""The files of a run or a logged model: which there are below some paths, and their bytes.

MLflow lists one folder at a time, whole, and decodes the path of a file until it stops changing. A
name that would be another one after that is refused, as is one that leads out of its folder: what
goes on to a person's disk has the name that it has here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote, unquote, urlencode

from ..errors import BadRequest, BadUpstream, Conflict, Missing, StoreFailed, TooLarge
from .upstream import Upstream, names_store

# What is held of all names at once, and how many questions to MLflow it may take to find them.
MOST_FILES = 100_000
MOST_FOLDERS = 5_000

Kind = Literal["run", "logged model"]


@dataclass(frozen=True, slots=True)
class Root:
    """Where files hang: a run or a logged model, by its id."""

    kind: Kind
    id: str

    def folder(self, path: str) -> str:
        """What MLflow is asked for to list a folder."""
        if self.kind == "run":
            query = {"run_id": self.id, "path": path}
            return f"/api/2.0/mlflow/artifacts/list?{urlencode(query)}"
        query = {"artifact_directory_path": path} if path else {}
        return f"{self._model('/api/')}/directories?{urlencode(query)}"

    def file(self, path: str) -> str:
        """What MLflow is asked for to read a file."""
        if self.kind == "run":
            return f"/get-artifact?{urlencode({'run_uuid': self.id, 'path': path})}"
        return f"{self._model('/ajax-api/')}/files?{urlencode({'artifact_file_path': path})}"

    def _model(self, api: str) -> str:
        return f"{api}2.0/mlflow/logged-models/{quote(self.id, safe='')}/artifacts"


@dataclass(frozen=True, slots=True)
class File:
    """A file, by its path below the root. `size` is in bytes, None where the store does not say."""

    path: str
    size: int | None


class Artifacts:
    """Lists and reads files of runs and logged models.

    Raises BadUpstream, StoreFailed, TooSlow and Unavailable where MLflow does not give them.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def files(self, slug: str, root: Root, paths: Sequence[str] = ()) -> list[File]:
        """The files at these paths and in the folders at them; without paths all of the root.

        Raises Missing for a root or a path that is not there, BadRequest for a path that can be
        read in two ways, Conflict for a name that can, and TooLarge for too many.
        """
        if not all(map(is_plain, paths)):
            raise BadRequest(
                "A path holds a segment that can be read in two ways (., .., an empty one, a "
                "backslash, an encoded or control character). Write it plainly.",
                reason="path",
            )
        walk = _Walk(self, slug, root)
        for path in _outermost(paths) or [""]:
            walk.enter(path)
        return walk.files

    def read(self, slug: str, root: Root, path: str) -> Iterator[bytes]:
        """The bytes of a file, as they come. Raises BadUpstream where it is not there any more."""
        with ExitStack() as resources:
            answer = self._upstream.send(
                "GET", root.file(path), resources=resources, workspace=slug
            )
            if answer.status != HTTPStatus.OK:
                raise _trouble(answer.body.read(), f"MLflow did not give the file '{path}'.")
            yield from answer.body

    def list_folder(self, slug: str, root: Root, path: str) -> list[tuple[File, bool]]:
        """What a folder holds, and of each whether it is a folder. Raises Missing for no root."""
        status, content = self._upstream.fetch("GET", root.folder(path), workspace=slug)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            raise Missing(f"There is no such {root.kind} in project '{slug}'.")
        try:
            found = json.loads(content).get("files", []) if status == HTTPStatus.OK else None
            return [_entry(one) for one in found]  # type: ignore[union-attr]  # a TypeError
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _trouble(content, "MLflow did not list the files.") from None


class _Walk:
    """Looks through folders, and notes the files that it finds."""

    def __init__(self, artifacts: Artifacts, slug: str, root: Root) -> None:
        self.files: list[File] = []
        self._artifacts, self._slug, self._root = artifacts, slug, root
        self._listed: dict[str, list[tuple[File, bool]]] = {}
        self._folders = 0

    def enter(self, path: str) -> None:
        """Note the file at a path, or all that the folder at it holds. Raises Missing for none."""
        if path:
            parent = path.rpartition("/")[0]
            # Of a hundred files of one folder it is listed once.
            if parent not in self._listed:
                self._listed[parent] = self._list(parent)
            there = [entry for entry in self._listed[parent] if entry[0].path == path]
            if not there:
                raise Missing(f"There is no file or folder '{path}' here.", reason="no_such_file")
            if not there[0][1]:
                self._note(there[0][0])
                return
        waiting = [path]
        while waiting:
            below = []
            for file, is_folder in self._list(waiting.pop()):
                if is_folder:
                    below.append(file.path)
                else:
                    self._note(file)
            waiting += reversed(below)

    def _list(self, path: str) -> list[tuple[File, bool]]:
        self._folders += 1
        if self._folders > MOST_FOLDERS:
            raise _too_many(f"{MOST_FOLDERS:,} folders")
        found = self._artifacts.list_folder(self._slug, self._root, path)
        for file, _ in found:
            inside = file.path.rpartition("/")[0] == path
            if not inside or not is_plain(file.path):
                raise Conflict(
                    f"The name {file.path[:300]!r} leads elsewhere on some disks. Rename it, or "
                    "choose the other files.",
                    reason="unsafe_name",
                )
        return found

    def _note(self, file: File) -> None:
        self.files.append(file)
        if len(self.files) > MOST_FILES:
            raise _too_many(f"{MOST_FILES:,} files")


def is_plain(path: str) -> bool:
    """Whether every disk, and MLflow, reads a path in the one way that it is written."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    plain = path.isprintable() and "\\" not in path and unquote(path) == path
    # `C:` is a disk to some.
    return plain and all(
        part not in ("", ".", "..") and part[1:2] != ":" for part in path.split("/")
    )


def _outermost(paths: Sequence[str]) -> list[str]:
    """The paths without those that lie in another one of them."""
    wanted = set(paths)

    def lies_in_another(path: str) -> bool:
        parts = path.split("/")
        return any("/".join(parts[:end]) in wanted for end in range(1, len(parts)))

    return sorted(path for path in wanted if not lies_in_another(path))


def _entry(document: dict[str, Any]) -> tuple[File, bool]:
    size, is_folder = document.get("file_size"), bool(document.get("is_dir"))
    return File(str(document["path"]), None if size is None else int(size)), is_folder


def _trouble(content: bytes, sentence: str) -> BadUpstream | StoreFailed:
    if names_store(content.decode(errors="replace")):
        return StoreFailed()
    return BadUpstream(f"{sentence} Try again in a moment.")


def _too_many(what: str) -> TooLarge:
    return TooLarge(
        f"These are more than {what}. Choose a folder, or use `mlflow artifacts download`.",
        reason="too_many_files",
    )

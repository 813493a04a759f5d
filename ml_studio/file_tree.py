"""The files of a run or a model as a tree, whose folders open in place.

    file_tree(rows, key="files", options=FileTreeOptions(label="Files", ...), actions=actions)

Rows come in the order in which they stand, those of a folder directly after it. Listed folders open
and close without Python, and ticks stay in the browser: they only change the address of the zip.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Literal

from ml_studio.component import mount, state_of

NAME = "file_tree"

RowKind = Literal["folder", "file", "more", "note"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A line of the tree; `listed` for a folder whose lines follow.

    `more` offers the rest of the folder `path`, a `note` says something of it.
    """

    path: str
    name: str
    depth: int
    kind: RowKind
    listed: bool = False
    detail: str = ""


@dataclass(frozen=True)
class FileTreeOptions:
    """`chosen` is the file that is looked at, `search` the letters that the rows were searched for.

    `zip` is the address of a download of everything, to which the browser adds `&path=`.
    """

    label: str
    chosen: str = ""
    search: str = ""
    status: str = ""
    zip: str = ""
    height: int = 480


@dataclass(frozen=True)
class FileTreeActions:
    """What is done where somebody opens a folder, wants more of it, searches, or chooses a file."""

    open: Callable[[str], None]
    more: Callable[[str], None]
    search: Callable[[str], None]
    choose: Callable[[str], None]
    refresh: Callable[[str], None]


def file_tree(
    rows: Sequence[FileRow], *, key: str, options: FileTreeOptions, actions: FileTreeActions
) -> None:
    """Draw the tree; each action is given the path, or the letters, that the browser sent."""
    names = [one.name for one in fields(actions)]
    mount(
        NAME,
        key=key,
        data={"rows": [asdict(row) for row in rows], **asdict(options)},
        callbacks={name: partial(_act, key, name, getattr(actions, name)) for name in names},
    )


def _act(key: str, name: str, action: Callable[[str], None]) -> None:
    sent = state_of(key).get(name)
    if sent is not None:
        action(sent if isinstance(sent, str) else "")

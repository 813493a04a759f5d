"""The files of a root as far as they were listed, as lines of a tree or as what a search finds.

A folder may hold 100,000 files: it is listed once, and a part of it is drawn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ml_studio.file_tree import FileRow, RowKind
from studio_app.artifacts.artifacts import Entry
from studio_app.ui import formats

# So many lines of a folder are drawn at first, and more each time that more are asked for.
STEP = 500
# Of what a search finds.
MOST_FOUND = 500
# So deep folders are opened.
DEEPEST = 200

List = Callable[[str], Sequence[Entry]]


@dataclass(frozen=True)
class Tree:
    """The listed folders, by path (the root's is empty), and how many lines of each are drawn."""

    folders: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """How many files and folders were listed."""
        return sum(map(len, self.folders.values()))

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, as far as its folder was listed."""
        return next((one for one in self.folders.get(parent(path), ()) if one.path == path), None)

    def opened(self, path: str, ask: List) -> "Tree":
        """The same with a folder listed, and those above it; as far as there are any."""
        found = self
        for folder in _ways(path):
            if folder in found.folders:
                continue
            if folder:
                there = found.entry(folder)
                if there is None or not there.folder:
                    break
            found = replace(found, folders={**found.folders, folder: ask(folder)})
        return found

    def with_more(self, folder: str, path: str = "") -> "Tree":
        """The same with a step more of a folder drawn, or as many as it takes to see a path."""
        drawn = self.drawn.get(folder, STEP)
        if not path:
            return replace(self, drawn={**self.drawn, folder: drawn + STEP})
        entries = self.folders.get(folder, ())
        at = next((at for at, one in enumerate(entries) if one.path == path), 0)
        needed = max(drawn, (at // STEP + 1) * STEP)
        return replace(self, drawn={**self.drawn, folder: needed})

    def with_path_seen(self, path: str) -> "Tree":
        """The same with the line of a path, and those of the folders above it, drawn."""
        found = self
        for folder in _ways(parent(path)):
            below = path[len(folder) :].lstrip("/").partition("/")[0]
            found = found.with_more(folder, f"{folder}/{below}".lstrip("/"))
        return found


def rows(tree: Tree) -> list[FileRow]:
    """The lines of the tree: those of each listed folder after it, folders first."""
    return list(_below(tree, "", 0))


def search(tree: Tree, letters: str) -> tuple[list[FileRow], int]:
    """The files and folders with these letters in their name, and how many there are."""
    wanted = letters.casefold()
    found = [
        one for entries in tree.folders.values() for one in entries if wanted in one.name.casefold()
    ]
    found.sort(key=lambda one: one.path.casefold())
    return [replace(_row(one, 0), name=one.path) for one in found[:MOST_FOUND]], len(found)


def parent(path: str) -> str:
    """The folder of a path; empty for the root's."""
    return path.rpartition("/")[0]


def _below(tree: Tree, folder: str, depth: int) -> Iterator[FileRow]:
    entries = tree.folders.get(folder, ())
    drawn = tree.drawn.get(folder, STEP)
    if folder and not entries:
        yield FileRow(folder, "This folder is empty.", depth, "note")
    for one in entries[:drawn]:
        listed = one.folder and one.path in tree.folders
        yield _row(one, depth, listed=listed, held=len(tree.folders[one.path]) if listed else None)
        if listed:
            yield from _below(tree, one.path, depth + 1)
    left = len(entries) - drawn
    if left > 0:
        step = formats.grouped(min(left, STEP))
        yield FileRow(folder, f"Show {step} more of {formats.grouped(left)}", depth, "more")


def _row(entry: Entry, depth: int, *, listed: bool = False, held: int | None = None) -> FileRow:
    detail = formats.grouped(held) if held else ""
    if entry.size is not None:
        detail = formats.size(entry.size)
    kind: RowKind = "folder" if entry.folder else "file"
    return FileRow(entry.path, entry.name, depth, kind, listed, detail)


def _ways(path: str) -> list[str]:
    """The folders on the way to a path, the root first, and the path itself last."""
    parts = path.split("/")[:DEEPEST] if path else []
    return ["", *("/".join(parts[: end + 1]) for end in range(len(parts)))]

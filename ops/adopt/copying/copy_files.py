"""Files of the source into the target's artifacts: each with its SHA-256, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from ops.adopt.copying.copy_rows import Say, Work
from ops.adopt.copying.wal import File
from ops.adopt.errors import AdoptError
from ops.adopt.planning.layout import Coming, Layout
from ops.adopt.planning.plan import Plan
from ops.backup.storage.stores import Folder, Store, open_store

EVERY = 100


def stores_of(places: Mapping[str, str]) -> dict[str, Store]:
    """Place -> its store. Raises AdoptError for a folder that is not there."""
    found = {place: open_store(place) for place in places.values()}
    for place, store in found.items():
        if isinstance(store, Folder) and not store.root.is_dir():
            raise AdoptError(f"--artifacts names {place}, which is no folder.")
    return found


def refuse_own(places: Mapping[str, str], destination: str) -> None:
    """Raise AdoptError if the source's artifacts are the target's own."""
    target = open_store(destination)
    for place in set(places.values()):
        store = open_store(place)
        if place.rstrip("/") == destination.rstrip("/"):
            raise AdoptError(f"{place} is where this ML Studio keeps its own artifacts.")
        if isinstance(store, Folder) and isinstance(target, Folder):
            ours, theirs = target.root.resolve(), store.root.resolve()
            if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
                raise AdoptError(f"{place} and this ML Studio's artifacts lie in one another.")


def copy(
    work: Work, slug: str, layout: Layout, stores: dict[str, Store], to: Store, say: Say
) -> None:
    """Put every file of a project that is not there yet."""
    number = 0
    for number, coming in enumerate(layout.files(slug, stores), start=1):
        noted = work.journal.file(coming.target)
        if noted is None and to.has(coming.target):
            raise AdoptError(
                f"{coming.target} is among the artifacts already: nobody's, or other's."
            )
        if noted is None or noted.sha256 is None:
            _put(work, coming, stores[coming.place], to)
        if number % EVERY == 0:
            say(f"{slug}: {number} files so far")
    say(f"{slug}: {number} files")


def _put(work: Work, coming: Coming, source: Store, to: Store) -> None:
    file = File(coming.target, coming.place, coming.found.path, coming.found.size, None)
    work.journal.note_file(file)
    digest = hashlib.sha256()
    with to.incoming() as new:
        for part in source.read(coming.found.path):
            digest.update(part)
            new.write(part)
        new.keep(coming.target, coming.found.changed)
    work.journal.note_file(file._replace(sha256=digest.hexdigest()))


def tidy(to: Store) -> None:
    """Take away what a killed run left half written, and let the rest survive a loss of power."""
    if isinstance(to, Folder):
        to.tidy()
    to.sync()


def problems(
    work: Work, slug: str, layout: Layout, stores: dict[str, Store], to: Store
) -> Iterator[str]:
    """Every file of a project that is not in the target what it is in the source."""
    come = {one.target for one in layout.files(slug, stores)}
    noted = list(work.journal.files(f"workspaces/{slug}"))
    for target in sorted(come - {file.target for file in noted}):
        yield f"The file {target} was not put: it is new in the source."
    for file in noted:
        if file.sha256 is None:
            yield f"The file {file.target} was not put."
            continue
        for what, store, path in (
            ("the source's", stores[file.place], file.path),
            ("the target's", to, file.target),
        ):
            found = _digest(store, path)
            if found is None:
                yield f"The file {file.target}: {what} is missing ({path})."
            elif found != file.sha256:
                yield f"The file {file.target}: {what} was changed ({path})."


def added(work: Work, folders: list[str], to: Store) -> Iterator[str]:
    """Files below folders of the target that the adoption did not put there."""
    for folder in folders:
        for found in to.files(folder):
            if work.journal.file(found.path) is None:
                yield found.path


def changed(work: Work, to: Store) -> Iterator[str]:
    """Files that the adoption put and that hold something else now."""
    for file in work.journal.files():
        if file.sha256 is not None and _digest(to, file.target) not in (None, file.sha256):
            yield file.target


def _digest(store: Store, path: str) -> str | None:
    digest = hashlib.sha256()
    try:
        for part in store.read(path):
            digest.update(part)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def counted(plan: Plan, layout: Layout, stores: dict[str, Store]) -> Plan:
    """The plan with the numbers and the bytes of files; the layout has the source's ids."""
    found: dict[int, tuple[int, int]] = {}
    for slug in plan.projects:
        for coming in layout.files(slug, stores):
            experiment = int(coming.target.split("/")[2])
            number, size = found.get(experiment, (0, 0))
            found[experiment] = number + 1, size + coming.found.size
    parts = {
        slug: part.model_copy(
            update={
                "experiments": tuple(
                    one.model_copy(
                        update=dict(zip(("files", "bytes"), found.get(one.id, (0, 0)), strict=True))
                    )
                    for one in part.experiments
                )
            }
        )
        for slug, part in plan.projects.items()
    }
    return plan.model_copy(update={"projects": parts})

"""The files of things in MLflow, found by the addresses that its rows tell."""

from __future__ import annotations

from urllib.parse import urlsplit

from ops.backup.stores import Store

WORKSPACES = "workspaces"


def folder_of(address: str, identity: str, slug: str) -> str | None:
    """The folder of one thing below the root of artifacts; None if it is not certainly its own.

    It ends with the thing's id. An address of another scheme, as an adopted server may have some,
    or of another project leads nowhere.
    """
    split = urlsplit(address)
    parts = split.path.strip("/").split("/")
    if split.scheme != "mlflow-artifacts" or any(part in ("", ".", "..") for part in parts):
        return None
    if parts[0] == WORKSPACES and parts[1:2] != [slug]:
        return None
    start = 2 if parts[0] == WORKSPACES else 0
    if identity not in parts[start:]:
        return None
    return "/".join(parts[: parts.index(identity, start) + 1])


def remove_below(store: Store, folder: str) -> int:
    """Delete every file below a folder; how many there were."""
    count = 0
    # Listed first: a folder that is being emptied is no good list.
    for path in [found.path for found in store.files(folder)]:
        store.remove(path)
        count += 1
    return count

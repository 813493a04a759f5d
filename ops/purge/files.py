"""The files of things in MLflow, found by the addresses that its rows tell."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ops.backup.storage.stores import Store

WORKSPACES = "workspaces"
_TOKEN = re.compile(r"[0-9a-f]{32}")


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


def folder_of_upload(address: str, skill: str, slug: str) -> str | None:
    """The folder of one upload of a skill; None for what MLflow did not put there for it alone.

    MLflow writes `mlflow-artifacts:/skills/<skill>/<32 hexadecimal digits>`, within the workspace.
    """
    head, _, token = address.rpartition("/")
    own = head == f"mlflow-artifacts:/skills/{skill}" and _TOKEN.fullmatch(token)
    return f"{WORKSPACES}/{slug}/skills/{skill}/{token}" if own else None


def remove_below(store: Store, folder: str) -> int:
    """Delete every file below a folder; how many there were."""
    count = 0
    # Listed first: a folder that is being emptied is no good list.
    for path in [found.path for found in store.files(folder)]:
        store.remove(path)
        count += 1
    return count

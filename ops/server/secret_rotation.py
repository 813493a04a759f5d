"""Rotation of the server's secrets by "delete the file, `make up`", without losing a value.

A copy of each value that a server was started with lies in `secrets/.history/`, so a file that is
gone or overwritten can still be compared with it. What becomes of the value before is data:

| table | what happens to the value before |
|---|---|
| SUCCESSORS | it moves to another secret, which its readers accept beside the new one |
| IRREPLACEABLE | a deleted file is put back: other data can be read with this value alone |
| all others | it is of no use any more |

A value of IRREPLACEABLE that was overwritten stays in `.history/<name>.before`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ops.server.secret_files import private_folder, read_or_create, write_private

HISTORY = ".history"
# The key of the digests that name what a container was started with (secret_readers.py).
DIGEST_KEY = "digest-key"
AUDIT_KEYS_BEFORE, UPSTREAM_PREVIOUS = "audit-keys-before", "upstream-secret-previous"

# Signatures that the value before made must be verified for years; the upstream secret is accepted
# only until every service has the new one (`forget_previous`). Without STUDIO_AUDIT_KEY the audit
# trail is signed with a key derived from `secret-key`.
SUCCESSORS = {
    "audit-key": AUDIT_KEYS_BEFORE,
    "secret-key": AUDIT_KEYS_BEFORE,
    "upstream-secret": UPSTREAM_PREVIOUS,
}
# What is written beside the operator: by `make up` when it has served its turn, and by a rotation.
PASSING = frozenset({"admin-password", UPSTREAM_PREVIOUS})
IRREPLACEABLE = frozenset(
    {
        AUDIT_KEYS_BEFORE,
        "backup-key",
        "mlflow-key-passphrase",
        "mlflow-webhook-key",
        "s3-access-key",
        "s3-secret-key",
    }
)


def open_history(folder: Path) -> Path:
    """The folder of the copies, made if need be, with the key of the digests in it."""
    history = private_folder(folder / HISTORY)
    read_or_create(history / DIGEST_KEY)
    return history


def provide(folder: Path, name: str, make: Callable[[], str]) -> list[str]:
    """Make the secret if it is missing; a sentence if its value is not that of the last time.

    Killed at any point and run again, it ends as if it had not been killed.
    """
    file, copy = folder / name, open_history(folder) / name
    if name in PASSING:
        read_or_create(file, make)
        return []
    before = _content(copy)
    if name in IRREPLACEABLE and before and not file.exists():
        write_private(file, f"{before}\n")
        return [
            f"secrets/{name} was missing and was put back: nothing else opens what it was used "
            "for. To go without it, empty the file."
        ]
    said = []
    # The value before gets to its place first: a new file is the end of a rotation.
    if name != AUDIT_KEYS_BEFORE and before and (not file.exists() or _content(file) != before):
        said = [f"secrets/{name} is another one than before.{_preserve(folder, name, before)}"]
    value = read_or_create(file, make)
    if value != before:
        write_private(copy, f"{value}\n")
    return said


def forget_previous(folder: Path) -> bool:
    """End the validity of the upstream secret before; whether there was one.

    The file is emptied in place: MLflow's container has this very file, and its gate looks at it
    every few seconds (`mlflow_server/secret.py`).
    """
    file = folder / UPSTREAM_PREVIOUS
    if not _content(file):
        return False
    with file.open("r+") as opened:
        opened.truncate(0)
    return True


def _preserve(folder: Path, name: str, before: str) -> str:
    """Put the value before where it is still of use; where that is, as the end of a sentence."""
    if name in IRREPLACEABLE:
        _append(folder / HISTORY / f"{name}.before", before)
        return f" The one before is in secrets/{HISTORY}/{name}.before."
    if name not in SUCCESSORS:
        return ""
    successor = SUCCESSORS[name]
    if successor == UPSTREAM_PREVIOUS:
        write_private(folder / successor, f"{before}\n")
        return " MLflow accepts both until all services have it."
    _append(folder / successor, before)
    return f" The one before is in secrets/{successor}, so that its signatures stay valid."


def _append(file: Path, value: str) -> None:
    """Add a line to a list, once."""
    known = _content(file).splitlines()
    if value not in known:
        write_private(file, "".join(f"{line}\n" for line in [*known, value]))


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""

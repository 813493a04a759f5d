"""`python -m ops.server.secrets <folder>` makes the secrets of the compose stack that are missing.

`make up` runs it in the image, with `secrets/` mounted. What is there stays as it is: put your own
certificate there as tls.crt and tls.key. What was deleted is made anew, and what the value before
is still needed for is seen to (secret_rotation.py). With `--in-use`, when every service runs with
what is there, the upstream secret before stops being valid. Started by root, it gives every file to
the account that STUDIO_UID names, because the containers run as that account and a file is its
owner's alone (0600). Exit codes: 0, or 2 with a sentence.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ops.server import certificate
from ops.server.secret_files import GENERATED, private_folder, write_private
from ops.server.secret_rotation import (
    AUDIT_KEYS_BEFORE,
    UPSTREAM_PREVIOUS,
    forget_previous,
    provide,
)

CERTIFICATE, KEY = "tls.crt", "tls.key"
FIRST_PASSWORD = "admin-password"  # noqa: S105 - the name of a file

MADE: dict[str, Callable[[], str]] = {
    **{file: make for _, file, make in GENERATED},
    FIRST_PASSWORD: lambda: secrets.token_urlsafe(15),
    "audit-key": lambda: secrets.token_urlsafe(48),
    # One a line: the audit keys before this one, which sign nothing any more.
    AUDIT_KEYS_BEFORE: str,
    "metrics-token": lambda: secrets.token_urlsafe(32),
    "grafana-password": lambda: secrets.token_urlsafe(15),
    "uac-database-password": lambda: secrets.token_urlsafe(32),
    "mlflow-database-password": lambda: secrets.token_urlsafe(32),
    # Empty: backups are not encrypted. Whoever fills it keeps a copy of it elsewhere.
    "backup-key": str,
    # Filled while the secret is changed: mlflow_server/README.md.
    UPSTREAM_PREVIOUS: str,
    # Filled for artifacts on S3.
    "s3-access-key": str,
    "s3-secret-key": str,
}


def make_missing(folder: Path, host: str) -> list[str]:
    """Make what is missing; a sentence for each thing to say.

    Raises ValueError if the certificate cannot be used as it is.
    """
    private_folder(folder)
    # Emptied when it opened nothing any more; where the data is gone, it makes the first account.
    first = folder / FIRST_PASSWORD
    if first.exists() and not first.read_text(encoding="utf-8").strip():
        first.unlink()
    # The list of keys before comes last, with what the others have added to it.
    names = sorted(MADE, key=lambda name: name == AUDIT_KEYS_BEFORE)
    said = [sentence for name in names for sentence in provide(folder, name, MADE[name])]
    said += _certificate(folder / CERTIFICATE, folder / KEY, host)
    for name in (CERTIFICATE, KEY):
        (folder / name).chmod(0o600)
    return said


def _certificate(certificate_file: Path, key_file: Path, host: str) -> list[str]:
    present = [file.name for file in (certificate_file, key_file) if file.exists()]
    if len(present) == 1:
        raise ValueError(
            f"secrets/ holds {present[0]} only. Put {CERTIFICATE} and {KEY} there, or neither."
        )
    if present:
        found = certificate.read(certificate_file.read_bytes())
        certificate.require_key(certificate_file.read_bytes(), key_file.read_bytes())
        if not found.ours:
            return found.warnings(host)
        if not found.warnings(host):
            return []
    text, key = certificate.self_signed(host)
    write_private(key_file, key)
    write_private(certificate_file, text)
    return [
        f"A certificate was made for {host}. Browsers will warn until you trust secrets/tls.crt or "
        "put your own there."
    ]


def main() -> int:
    """Make the secrets, say what there is to say; the exit code."""
    folder = Path(sys.argv[1])
    if sys.argv[2:] == ["--in-use"]:
        forget_previous(folder)
        return 0
    host = urlsplit(os.environ.get("STUDIO_URL", "https://localhost")).hostname
    if not host:
        sys.stderr.write("STUDIO_URL must be an address such as https://studio.example.org\n")
        return 2
    try:
        said = make_missing(folder, host)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if os.geteuid() == 0 and "STUDIO_UID" in os.environ:
        owner = int(os.environ["STUDIO_UID"]), int(os.environ["STUDIO_GID"])
        for file in folder.rglob("*"):
            os.chown(file, *owner)
    for sentence in said:
        sys.stdout.write(f"{sentence}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

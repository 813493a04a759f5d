"""Secrets that somebody could guess, and files that others can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from ..settings import SECRETS, Settings
from .finding import Findings, fault, warning

# A secret from a generator has nearly as many different letters as it is long.
FEWEST_LETTERS = 12
TELLING = ("secret", "change", "example", "password", "default", "12345", "mlflow", "studio")
GENERATE = "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"


def guessable(settings: Settings) -> Findings:
    """Secrets that were typed and not drawn."""
    found = {
        "STUDIO_SECRET_KEY": settings.secret_key.get_secret_value(),
        "STUDIO_UPSTREAM_SECRET": settings.upstream_secret.get_secret_value(),
    }
    for name, value in found.items():
        if len(set(value)) < FEWEST_LETTERS or any(word in value.lower() for word in TELLING):
            yield fault("secrets", f"{name} can be guessed: it looks typed, not drawn.", GENERATE)
    if len(set(found.values())) < len(found):
        yield fault(
            "secrets",
            f"{' and '.join(found)} are the same: who learns one has the other.",
            GENERATE,
        )


def database_password(settings: Settings) -> Findings:
    """A database server that lets anybody in."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" and not url.password:
        yield warning(
            "secrets",
            f"The UAC database lets the user '{url.username}' in without a password.",
            "Give the database's user a password, and put it into STUDIO_DATABASE_URL.",
        )


def readable_files(settings: Settings, environ: Mapping[str, str]) -> Findings:
    """Secret files and a SQLite database that other accounts of this machine can read."""
    named = {f"{name}_FILE": environ.get(f"{name}_FILE", "") for name in SECRETS}
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        named["STUDIO_DATABASE_URL"] = url.database or ""
    for name, path in named.items():
        if not path or not Path(path).exists():
            continue
        mode = stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116 (the mode as a number)
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and not _is_closed(Path(path).parent):
            yield fault(
                "files",
                f"{name}: other accounts of this machine may open '{path}' (mode {mode:o}).",
                f"chmod 600 '{path}'",
            )


def _is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & stat.S_IRWXO

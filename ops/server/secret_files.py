"""Secrets that nobody set are generated once, one file each, readable by their owner only.

`$STUDIO_DATA_DIR/secrets/<name>` can be mounted as a container's secret as it stands.
"""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path


def _random_text() -> str:
    return secrets.token_urlsafe(48)


def _fernet_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


# The variable, the file that keeps its value, and what makes one.
GENERATED: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("STUDIO_UPSTREAM_SECRET", "upstream-secret", _random_text),
    ("STUDIO_SECRET_KEY", "secret-key", _random_text),
    ("STUDIO_COOKIE_KEY", "cookie-key", _random_text),
    ("MLFLOW_CRYPTO_KEK_PASSPHRASE", "mlflow-key-passphrase", _random_text),
    ("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "mlflow-webhook-key", _fernet_key),
)


def private_folder(path: Path) -> Path:
    """The folder, made if need be, that only its owner can open (mode 0700)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: str) -> None:
    """Put the content there whole or not at all, readable by its owner only (mode 0600)."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    unfinished.replace(path)


def read_or_create(path: Path, make: Callable[[], str] = _random_text) -> str:
    """The content of the file; the first call makes it and says the same ever after."""
    if path.exists():
        path.chmod(0o600)
    else:
        write_private(path, f"{make()}\n")
    return path.read_text(encoding="utf-8").strip()


def secret_file_variables(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """A `_FILE` variable for every secret that the environment does not set."""
    private_folder(folder)
    variables = {}
    for name, file_name, make in GENERATED:
        if not environment.get(name) and not environment.get(f"{name}_FILE"):
            read_or_create(folder / file_name, make)
            variables[f"{name}_FILE"] = str(folder / file_name)
    return variables


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """Every secret value the environment holds or points at, to keep them out of the terminal."""
    values = []
    for name, value in environment.items():
        if name.endswith("_FILE"):
            path = Path(value)
            if _is_secret(name.removesuffix("_FILE")) and path.is_file():
                values.append(path.read_text(encoding="utf-8", errors="replace").strip())
        elif _is_secret(name):
            values.append(value)
    return [value for value in values if len(value) >= 8]


def _is_secret(name: str) -> bool:
    endings = ("SECRET", "SECRET_PREVIOUS", "SECRET_KEY", "PASSWORD", "PASSPHRASE", "TOKEN")
    keys = ("ENCRYPTION_KEY", "ACCESS_KEY", "AUDIT_KEY", "COOKIE_KEY", "KEYS_BEFORE")
    return name.endswith((*endings, *keys))

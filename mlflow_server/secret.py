"""The shared secret proves to MLflow that a request comes from ML Studio."""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

MINIMUM_LENGTH = 32
# How long a previous secret stays accepted after its file was emptied.
FOLLOW_SECONDS = 5.0
# What a health check proves itself by: uac_api/mlflow/upstream.py has the same words.
PROBE = b"ML Studio, health check"
SECRET = "STUDIO_UPSTREAM_SECRET"  # noqa: S105 - the name of a variable, not a secret
PREVIOUS = "STUDIO_UPSTREAM_SECRET_PREVIOUS"


def read_secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The value of `name`, or the content of the file that `name`_FILE names; "" if neither is set.

    Raises ValueError if both are set or the file cannot be read. White space round it is removed.
    """
    value = environment.get(name, "").strip()
    path = environment.get(f"{name}_FILE", "").strip()
    if value and path:
        raise ValueError(f"{name} and {name}_FILE are both set. Keep one of them.")
    if not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{name}_FILE names {path}, which cannot be read ({type(error).__name__}). "
            "Name a readable text file."
        ) from error


def secret_mistakes(environment: Mapping[str, str] = os.environ) -> list[str]:
    """One sentence for everything that is wrong with the secrets; empty if they are usable."""
    mistakes = []
    for name, required in ((SECRET, True), (PREVIOUS, False)):
        try:
            value = read_secret(name, environment)
        except ValueError as error:
            mistakes.append(str(error))
            continue
        if not value and required:
            mistakes.append(
                f"{name} is not set. Set it, or {name}_FILE, to a random text of at least "
                f"{MINIMUM_LENGTH} characters; uac_api needs the same one."
            )
        elif value and len(value) < MINIMUM_LENGTH:
            mistakes.append(
                f"{name} has {len(value)} characters. Use at least {MINIMUM_LENGTH} random ones."
            )
        elif not value.isascii() or not value.isprintable():
            mistakes.append(f"{name} must be printable ASCII, because it travels in a header.")
    return mistakes


def accepted_secrets(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The secrets the gate accepts: the current one, and the previous one while it is rotated.

    Raises ValueError with all mistakes if they are not usable.
    """
    mistakes = secret_mistakes(environment)
    if mistakes:
        raise ValueError(" ".join(mistakes))
    values = (read_secret(name, environment) for name in (SECRET, PREVIOUS))
    return [value for value in values if value]


def probe_token(secret: str) -> str:
    """What tells the log that a request is a health check; it opens nothing."""
    return hmac.new(secret.encode(), PROBE, hashlib.sha256).hexdigest()


class AcceptedSecrets:
    """The secrets that the gate accepts, each time they are looked at.

    The previous one is valid for as long as its file holds it, so that a change of the secret ends
    without a restart. Raises ValueError as `accepted_secrets` does.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._current, *self._previous = accepted_secrets(environment)
        self._file = environment.get(f"{PREVIOUS}_FILE", "").strip()
        self._clock = clock
        self._read_at = clock()

    def __iter__(self) -> Iterator[str]:
        if self._previous and self._file and self._clock() - self._read_at > FOLLOW_SECONDS:
            self._previous = self._read_previous()
            self._read_at = self._clock()
        return iter((self._current, *self._previous))

    def _read_previous(self) -> list[str]:
        try:
            found = Path(self._file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return []
        return [found] if len(found) >= MINIMUM_LENGTH else []

"""The shared secret proves to MLflow that a request comes from ML Studio."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mlflow_server.settings import SECRET_SHORTEST, GateSettings

# How long a previous secret stays accepted after its file was emptied.
FOLLOW_SECONDS = 5.0
# What a health check proves itself by: uac_api/mlflow/upstream.py has the same words.
PROBE = b"ML Studio, health check"


def probe_token(secret: str) -> str:
    """What tells the log that a request is a health check; it opens nothing."""
    return hmac.new(secret.encode(), PROBE, hashlib.sha256).hexdigest()


class AcceptedSecrets:
    """The secrets that the gate accepts, each time they are looked at.

    The previous one is valid for as long as its file holds it, so that a change of the secret ends
    without a restart.
    """

    def __init__(self, settings: GateSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._current, *self._previous = settings.accepted_secrets
        self._file = settings.upstream_secret_previous_file
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
        return [found] if len(found) >= SECRET_SHORTEST else []

"""What an adoption ends with if it does not succeed."""

from __future__ import annotations

from ops.backup.errors import BackupError


class AdoptError(BackupError):
    """A sentence, or one a line, that says what is wrong and what to do."""

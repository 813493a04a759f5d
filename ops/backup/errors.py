"""What a backup or a restore ends with if it does not succeed."""


class BackupError(Exception):
    """A sentence that says what is wrong and what to do."""


class Damaged(BackupError):
    """Something is not as it was backed up; the text names what."""

"""What the doctor says: one sentence about what is wrong, one about what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: a fault keeps people from working or safe, a warning will some day."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; neither text holds a secret."""

    check: str
    level: Level
    message: str
    fix: str


Findings = Iterator[Finding]


def fault(check: str, message: str, fix: str) -> Finding:
    """Something that must be mended."""
    return Finding(check, Level.FAULT, message, fix)


def warning(check: str, message: str, fix: str) -> Finding:
    """Something that should be mended before it hurts."""
    return Finding(check, Level.WARNING, message, fix)

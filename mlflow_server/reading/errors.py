"""What the reading room refuses, and where in a filter the mistake is.

ReadingError        status, reason, message and facts of one answer
└── FilterError     400 "filter": position, found, expected, near
"""

from __future__ import annotations


class ReadingError(Exception):
    """A question that is not answered: an HTTP status, a reason for programs, a sentence."""

    def __init__(self, status: int, reason: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.facts = facts


class FilterError(ReadingError, ValueError):
    """A mistake in a filter.

    `position` counts characters from 0; at the length of the text its end is meant. `found` is
    what stands there, `expected` says in words what may. `near` is the name that was probably
    meant.
    """

    def __init__(
        self, message: str, position: int, found: str, expected: str, near: str | None = None
    ) -> None:
        facts: dict[str, object] = {"position": position, "found": found, "expected": expected}
        if near is not None:
            facts["near"] = near
        super().__init__(400, "filter", message, **facts)
        self.position = position
        self.found = found
        self.expected = expected
        self.near = near

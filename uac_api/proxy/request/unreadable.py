"""What MLflow could not read as it was sent: where it stands, and what should stand there."""

from __future__ import annotations

from typing import Any

from ...errors import BadRequest

LONGEST_PATH = 200
# Only these can leave half a character of two in a text: an escape, and UTF-8 of U+D800 to U+DFFF.
HALVES = (b"\\ud", b"\\uD", b"\xed")


class Unreadable(Exception):
    """A value that MLflow would drop, with all that stands behind it.

    `path` is written from the inside out while the error rises: `[0]`, then `.tags`.
    """

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self._path: list[str] = []

    def under(self, name: str | int) -> Unreadable:
        """The same error, one level further out."""
        self._path.append(f"[{name}]" if isinstance(name, int) else f".{name}")
        return self

    @property
    def path(self) -> str:
        """Where the value stands, as `tags[0].value`."""
        return "".join(reversed(self._path)).removeprefix(".")

    def refusal(self) -> BadRequest:
        """The answer to the caller."""
        return BadRequest(
            f"'{self.path[:LONGEST_PATH]}' must be {self.expected}. MLflow cannot read it as it "
            "was sent, and would drop it with whatever stands behind it, so nothing was done.",
            reason="unreadable_field",
        )


class Unknown(Unreadable):
    """A field that no version of MLflow has: whoever sent it means something that will not happen.

    MLflow builds it all the same before it throws it away, whatever its size.
    """

    def __init__(self) -> None:
        super().__init__("a field of this request")

    def refusal(self) -> BadRequest:
        """The answer to the caller."""
        return BadRequest(
            f"'{self.path[:LONGEST_PATH]}' is no field of this request in any version of MLflow, "
            "so nothing was done. Check how it is spelled, or leave it out.",
            reason="unknown_field",
        )


def require_unicode(document: Any, body: bytes) -> None:
    """Raise Unreadable for a text that has no UTF-8: half an emoji, a lone surrogate.

    JSON can write one (`\\ud83d`), and neither protobuf nor a database takes it. `body` are the
    bytes that the document was read from.
    """
    if any(half in body for half in HALVES):
        _require_unicode(document)


def _require_unicode(value: Any) -> None:
    if isinstance(value, str):
        if not value.isascii() and not _has_utf8(value):
            raise Unreadable("Unicode text (half of a surrogate pair is none)")
        return
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for name, one in pairs:
        try:
            if isinstance(name, str):
                _require_unicode(name)
            _require_unicode(one)
        except Unreadable as error:
            raise error.under(name) from None


def _has_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

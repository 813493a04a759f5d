"""Where a request ends (RFC 9112), as far as one must know to wait for it.

This decides only how many bytes are waited for before a thread takes the request: gunicorn's parser
reads the same bytes again and is the only one whose reading counts. Whatever is odd here (two
lengths, a broken chunk) is complete, so that the parser can refuse it.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from ..request_body import SMALL

HEAD_END = b"\r\n\r\n"
# Of a request line (gunicorn.py) and some forty headers; together they are a head.
MOST_HEAD = 192 * 1024
# A chunk's size with as many digits is no size of ours.
MOST_DIGITS = 16
FIELD = re.compile(
    rb"\r\n(content-length|transfer-encoding|expect|x-forwarded-for):[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)


class Arrival(Enum):
    """How much of a request is here.

    Of a LARGE one the head is, and a body that no memory is set aside for.
    """

    HEAD_COMES = auto()
    BODY_COMES = auto()
    WHOLE = auto()
    LARGE = auto()


class Framing:
    """Follows one request while it arrives; `look` is called with all that has come of it."""

    def __init__(self) -> None:
        self.arrival = Arrival.HEAD_COMES
        self.expects_continue = False
        # The values of X-Forwarded-For, as one list.
        self.forwarded = ""
        self._searched = 0
        self._end = 0
        self._chunks: _Chunks | None = None

    def look(self, received: bytearray) -> Arrival:
        """How much is here now; the same bytes with more behind them may be looked at again."""
        if self.arrival is Arrival.HEAD_COMES:
            found = received.find(HEAD_END, max(0, self._searched - len(HEAD_END) + 1))
            self._searched = len(received)
            if found < 0:
                return self.arrival
            self._read_head(received, found)
        if self.arrival is Arrival.BODY_COMES:
            self._look_at_body(received)
        return self.arrival

    def _read_head(self, received: bytearray, size: int) -> None:
        lengths, chunked, end = [], False, size + len(HEAD_END)
        for name, value in FIELD.findall(received, 0, size):
            match name.lower():
                case b"content-length":
                    lengths.append(value.strip())
                case b"transfer-encoding":
                    chunked = True
                case b"expect":
                    self.expects_continue = value.strip().lower() == b"100-continue"
                case _:
                    more = value.decode("latin-1").strip()
                    self.forwarded = f"{self.forwarded},{more}" if self.forwarded else more
        self.arrival, self._end = Arrival.BODY_COMES, end
        if chunked and not lengths:
            self._chunks = _Chunks(end)
        elif len(lengths) == 1 and lengths[0].isdigit() and not chunked:
            length = lengths[0].lstrip(b"0") or b"0"
            if len(length) > MOST_DIGITS or int(length) > SMALL:
                self.arrival = Arrival.LARGE
            else:
                self._end += int(length)

    def _look_at_body(self, received: bytearray) -> None:
        if self._chunks is None:
            if len(received) >= self._end:
                self.arrival = Arrival.WHOLE
        elif self._chunks.end_in(received):
            self.arrival = Arrival.WHOLE
        elif len(received) - self._end > SMALL:
            self.arrival = Arrival.LARGE


class _Chunks:
    """Looks for the end of a body in chunks (RFC 9112, 7.1), each byte once."""

    def __init__(self, start: int) -> None:
        self._line = self._searched = start
        self._in_trailers = False

    def end_in(self, received: bytearray) -> bool:
        """Whether the body ends in these bytes, or is broken."""
        while len(received) > self._searched:
            found = received.find(b"\r\n", max(self._line, self._searched - 1))
            if found < 0:
                self._searched = len(received)
                return False
            line = bytes(received[self._line : found])
            self._line = self._searched = found + 2
            if self._in_trailers:
                if not line:
                    return True
                continue
            size = line.partition(b";")[0].strip()
            if not size or len(size) > MOST_DIGITS or not _is_hexadecimal(size):
                return True
            if int(size, 16) == 0:
                self._in_trailers = True
            else:
                # What follows is read when the chunk and the line's end behind it are here.
                self._line = self._searched = found + 2 + int(size, 16) + 2
        return False


def _is_hexadecimal(text: bytes) -> bool:
    return all(letter in b"0123456789abcdefABCDEF" for letter in text)

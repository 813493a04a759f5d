"""The newest part of a file that may grow, read as far as it was not read yet."""

import codecs
import secrets
from dataclasses import dataclass, field
from functools import partial

from studio_app.api.client import ApiError, Client
from studio_app.artifacts import artifacts
from studio_app.artifacts.artifacts import Root

# What is read first, and each time that earlier lines are asked for.
STEP = 256_000
# More of a file is not sent to a browser.
MOST = 4_000_000
# So many bytes are read a second time: where they differ the file was written anew.
_OVERLAP = 64
_OUT_OF_RANGE = 416


@dataclass(frozen=True)
class Tail:
    """The bytes of a file from `start` on; `version` is another text for other bytes."""

    content: bytes = b""
    start: int = 0
    version: str = field(default_factory=partial(secrets.token_hex, 8))

    @property
    def more(self) -> bool:
        """Whether there is an earlier part that may still be read."""
        return self.start > 0 and len(self.content) < MOST

    def text(self, *, goes_on: bool) -> str:
        """The part as text: what is not UTF-8 becomes a replacement sign.

        A sign that the beginning has cut is left out, one at the end waits for its rest where the
        file `goes_on`.
        """
        content = self.content
        if self.start:
            cut = next((at for at, byte in enumerate(content[:4]) if byte & 0xC0 != 0x80), 0)
            content = content[cut:]
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return decoder.decode(content, final=not goes_on)


def read(client: Client, project: str, root: Root, path: str) -> Tail:
    """The newest part of a file. Raises ApiError."""
    try:
        found = artifacts.read_part(client, project, root, path, f"-{STEP}", STEP)
    except ApiError as error:
        if error.status != _OUT_OF_RANGE:
            raise
        # An empty file has no part at all.
        return Tail()
    return Tail(found.content, found.start)


def renew(client: Client, project: str, root: Root, path: str, before: Tail) -> Tail:
    """The same part with what was written since; the newest part of a file that is another."""
    known = before.content[-_OVERLAP:]
    if not known:
        whole = read(client, project, root, path)
        return whole if whole.content else before
    end = before.start + len(before.content)
    try:
        found = artifacts.read_part(client, project, root, path, f"{end - len(known)}-", MOST)
    except ApiError as error:
        if error.status != _OUT_OF_RANGE:
            raise
        return read(client, project, root, path)
    if not found.content.startswith(known) or found.size > end + MOST:
        return read(client, project, root, path)
    fresh = found.content[len(known) :]
    if not fresh:
        return before
    content = before.content + fresh
    dropped = max(0, len(content) - MOST)
    return Tail(content[dropped:], before.start + dropped)


def extend(client: Client, project: str, root: Root, path: str, after: Tail) -> Tail:
    """The part with what is before it, as much as may be read at once. Raises ApiError."""
    wanted = min(STEP, after.start, MOST - len(after.content))
    if wanted <= 0:
        return after
    start = after.start - wanted
    found = artifacts.read_part(client, project, root, path, f"{start}-", wanted)
    return Tail(found.content + after.content, start)

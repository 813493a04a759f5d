"""Page tokens: encrypted, signed, bound to the person and to the question they continue."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from ..errors import BadRequest

SECONDS = 24 * 3600


class PageTokens:
    """Makes and reads page tokens with a key derived from the installation's secret."""

    def __init__(self, secret_key: str) -> None:
        key = hashlib.blake2b(secret_key.encode(), digest_size=32, person=b"page-tokens").digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def write(self, username: str, question: object, position: object) -> str:
        """An opaque text to go on from `position` in the answer to `question`."""
        document = {"for": _bound(username, question), "at": position}
        # It may have to go by a header, and nginx takes 4 KiB of all headers.
        return self._fernet.encrypt(zlib.compress(json.dumps(document).encode())).decode()

    def read(self, username: str, question: object, token: str) -> Any:
        """The position in a token, None for an empty one.

        Raises BadRequest for a token that is not ours, too old, another person's, or another
        question's.
        """
        if not token:
            return None
        try:
            content = zlib.decompress(self._fernet.decrypt(token.encode(), ttl=SECONDS))
            document = json.loads(content)
        except (InvalidToken, ValueError, zlib.error):
            document = {}
        if document.get("for") != _bound(username, question):
            raise BadRequest(
                "This page_token does not belong to this list. Start again without it.",
                reason="page_token",
            )
        return document["at"]


def _bound(username: str, question: object) -> str:
    text = json.dumps([username, question], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()

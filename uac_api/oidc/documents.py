"""Fetches the documents that the identity provider publishes; nothing is ever sent to it."""

from __future__ import annotations

import json
import time
from typing import Any

import urllib3

SECONDS = 3.0
MOST_BYTES = 256 * 1024
PIECE = 16 * 1024


class DocumentUnavailable(Exception):
    """The document is not to be had; the text says why, for an operator."""


class Documents:
    """Small JSON documents at fixed addresses.

    A redirect is not followed: it could lead the question into a network that only we can reach.
    """

    def __init__(self) -> None:
        timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS)
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    def read(self, address: str) -> dict[str, Any]:
        """The JSON object at an address; raises DocumentUnavailable."""
        until = time.monotonic() + SECONDS
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            answer = self._pool.request(
                "GET", address, headers=headers, redirect=False, preload_content=False
            )
            try:
                content = _content(answer, until)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise DocumentUnavailable(
                f"{address} does not answer ({type(error).__name__})"
            ) from error
        if answer.status != 200:
            raise DocumentUnavailable(f"{address} answers with status {answer.status}")
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise DocumentUnavailable(f"{address} answers something that is no JSON object")
        return document


def _content(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    content = b""
    while piece := answer.read1(PIECE, decode_content=False):
        content += piece
        if len(content) > MOST_BYTES:
            raise DocumentUnavailable("the identity provider's document is too large")
        if time.monotonic() > until:
            raise DocumentUnavailable("the identity provider's document takes too long")
    return content

"""A canonical MLflow request: what was asked, in one spelling, or a refusal.

MLflow and the servers in front of it read some requests in more ways than one (doubled slashes,
encoded letters, the same field twice, a GET with a body, a body inside a string). Whatever two
readers could read differently is refused here, so that what is judged is what is forwarded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from time import monotonic
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode

from werkzeug.wsgi import get_input_stream

from ...errors import BadRequest, IncompleteBody, TooLarge
from . import paths
from .bodies import SMALL_BYTES
from .unreadable import Unreadable, require_unicode

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PROJECT_PREFIX = "projects"
CHUNK = 256 * 1024
# A large body holds one of a few places while it comes: 32 MiB at half a megabyte a second.
LARGE_SECONDS = 60.0
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?#@]*)", re.IGNORECASE)
# What RFC 3986 lets stand in a path segment as it is, besides letters and digits.
SEGMENT_SAFE = "-._~!$&'()*+,;=:@"
# Most segments are such words, and quoting one costs more than looking.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9._~-]*")
# What it lets stand in a query, less what separates fields there for some reader (& ; = +): an
# address that came in under the limit must not leave three times as long.
QUERY_SAFE = "!$'()*,:@/?~"


@dataclass(frozen=True)
class Call:
    """One request to MLflow, in canonical form. It never changes: a step that does returns another.

    So what was judged stays at hand beside what is forwarded, and nobody has to know which step
    came before. `path_fields` are the variables of the row's path, once a row was found; `body` is
    None until it was read, and stays None where it goes to MLflow in pieces.
    """

    method: str
    segments: tuple[str, ...]
    slug_in_path: str | None
    query: tuple[tuple[str, str], ...]
    environ: Mapping[str, Any]
    path_fields: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def judged_method(self) -> str:
        """HEAD is judged as GET."""
        return "GET" if self.method == "HEAD" else self.method

    @property
    def path(self) -> str:
        """The path that is forwarded: encoded anew from the segments that were judged."""
        return "/" + "/".join(
            segment if PLAIN_SEGMENT.fullmatch(segment) else quote(segment, safe=SEGMENT_SAFE)
            for segment in self.segments
        )

    @property
    def query_string(self) -> str:
        """The query that is forwarded: encoded anew from the fields that were judged."""
        return urlencode(self.query, safe=QUERY_SAFE)

    def header(self, name: str) -> str | None:
        """A request header, or None."""
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        value = self.environ.get(key)
        return value or None

    @property
    def has_body(self) -> bool:
        """Whether the client sent, or is about to send, a body."""
        chunked = "chunked" in (self.header("Transfer-Encoding") or "").lower()
        return chunked or (self.header("Content-Length") or "0") != "0"

    @property
    def is_form(self) -> bool:
        """Whether MLflow reads the body as multipart/form-data; it compares exactly so."""
        kind, _, _ = (self.header("Content-Type") or "").partition(";")
        return kind.lower() == "multipart/form-data"

    @property
    def length(self) -> int | None:
        """The announced length of the body in bytes; None when it comes in chunks."""
        text = self.header("Content-Length")
        return int(text) if text is not None and text.isdecimal() else None

    def with_body_read(self, limit: int, admit_large: Callable[[], None] = lambda: None) -> Call:
        """The call with its whole body; raises TooLarge over `limit` bytes.

        `admit_large` is called before more than SMALL_BYTES are held; raises BadRequest for what
        does not arrive in LARGE_SECONDS from then on.
        """
        pieces, held = self.stream(limit), BytesIO()
        until = None
        if (self.length or 0) > SMALL_BYTES:
            admit_large()
            until = monotonic() + LARGE_SECONDS
        for piece in pieces:
            if until is None and held.tell() + len(piece) > SMALL_BYTES:
                admit_large()
                until = monotonic() + LARGE_SECONDS
            if until is not None and monotonic() > until:
                raise BadRequest(
                    f"A body over 1 MiB must arrive within {LARGE_SECONDS:g} s, since few are "
                    "taken at a time. Send it in parts.",
                    reason="slow_body",
                )
            held.write(piece)
        # Shares its memory with the buffer.
        return replace(self, body=held.getvalue())

    def stream(self, limit: int) -> Iterator[bytes]:
        """The body piece by piece; raises TooLarge once it is over `limit` bytes."""
        self.check_length(limit)
        environ = cast(dict[str, Any], self.environ)
        source: BinaryIO = get_input_stream(environ)  # type: ignore[assignment]
        return _limited(source, limit, self.length)

    def check_length(self, limit: int) -> None:
        """Raise TooLarge if the body is announced to be over `limit` bytes."""
        if self.length is not None and self.length > limit:
            raise too_large(limit)

    def json(self) -> dict[str, Any]:
        """The body as the JSON object that MLflow will read; raises BadRequest."""
        return self._document

    @cached_property
    def _document(self) -> dict[str, Any]:
        return _parsed(self.body or b"")

    def check_json(self) -> dict[str, Any]:
        """The JSON object of the body, not kept; raises BadRequest unless it is one in UTF-8.

        No name stands twice in an object of it, and every text of it has a UTF-8 of its own.

        MLflow also accepts UTF-16, a byte order mark and an object inside a string, and reads
        broken JSON as an empty object. In those a field's name could hide from `mentions`.
        """
        body = self.body or b""
        if not body.strip():
            return {}
        if b"\0" not in body and body.lstrip().startswith(b"{"):
            with suppress(ValueError, RecursionError):
                document = cast(dict[str, Any], json.loads(body, object_pairs_hook=_pairs))
                try:
                    require_unicode(document, body)
                except Unreadable as error:
                    raise error.refusal() from None
                return document
        raise BadRequest("The body must be one JSON object in UTF-8.", reason="broken_json")

    def mentions(self, word: bytes) -> bool:
        """Whether the checked JSON body may hold the word, spelled plainly or by escapes."""
        body = self.body or b""
        return word in body or b"\\u" in body

    def with_json(self, document: dict[str, Any]) -> Call:
        """The call with this document in place of the body that came."""
        made = replace(self, body=json.dumps(document).encode())
        # It would be parsed again only to be the same.
        made.__dict__["_document"] = document
        return made


def read(environ: dict[str, Any]) -> Call:
    """The canonical call of a WSGI request; raises BadRequest where it is ambiguous."""
    method = str(environ["REQUEST_METHOD"])
    if method not in METHODS:
        raise BadRequest(f"The method {method} is not used by MLflow.", reason="method")
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/")
    if "#" in raw:
        raise BadRequest("An address with # is cut there by some. Write %23.", reason="path")
    raw_path, _, raw_query = _origin_form(raw, environ).partition("?")
    segments = _segments(raw_path)
    slug = None
    if segments and segments[0] == PROJECT_PREFIX:
        if len(segments) < 2:
            raise BadRequest("Name a project: /projects/<slug>/...", reason="path")
        slug, segments = segments[1], segments[2:]
        if segments == ("",):
            segments = ()
    if segments[:1] == ("ajax-api",):
        segments = ("api", *segments[1:])
    call = Call(method, segments, slug, _query(raw_query), environ)
    if call.has_body and call.judged_method == "GET":
        raise BadRequest(
            "A GET request carries no body here. Put the fields into the query.", reason="get_body"
        )
    return call


def _origin_form(raw: str, environ: dict[str, Any]) -> str:
    """The target from its path on; a whole address (RFC 9112, 3.2.2) must be for the same host.

    A server takes the host of such an address for the request's, whatever `Host` says; what looks
    at `Host` (the origin of a page) would then judge another one.
    """
    whole = ABSOLUTE.match(raw)
    if whole is None:
        return raw
    if whole["host"].lower() != str(environ.get("HTTP_HOST", "")).lower():
        raise BadRequest("The address and the Host header name two hosts.", reason="path")
    target = raw[whole.end() :]
    return target if target.startswith("/") else f"/{target}"


def _segments(raw_path: str) -> tuple[str, ...]:
    if not raw_path.startswith("/") or not raw_path.isascii():
        raise BadRequest("The path must start with / and be percent-encoded.", reason="path")
    trimmed = raw_path[1:]
    if not trimmed:
        return ()
    *folders, last = [_segment(part) for part in trimmed.split("/")]
    # A second round of decoding must find nothing, or the next reader might see another path. The
    # name of a file may hold what could be decoded again: `match.py` knows whether it is one.
    if any(unquote(folder) != folder for folder in folders):
        raise paths.ambiguous()
    return (*folders, last)


def _segment(part: str) -> str:
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("The path is not UTF-8.", reason="path") from None
    if text in (".", "..") or any(c in "/\\" or c < " " or c == "\x7f" for c in text):
        raise paths.ambiguous()
    return text


def _query(raw: str) -> tuple[tuple[str, str], ...]:
    if not raw:
        return ()
    if not raw.isascii():
        raise BadRequest("The query must be percent-encoded.", reason="query")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=2000)
    except (ValueError, UnicodeDecodeError):
        raise BadRequest(
            "The query is not UTF-8, or has too many fields.", reason="query"
        ) from None
    spellings: dict[str, str] = {}
    for name, _ in pairs:
        _note_spelling(spellings, name)
    return tuple(pairs)


def _note_spelling(spellings: dict[str, str], name: str) -> None:
    canonical = name.replace("_", "").lower()
    if spellings.setdefault(canonical, name) != name:
        raise BadRequest(
            f"'{spellings[canonical]}' and '{name}' are two spellings of one field. Send one.",
            reason="field_twice",
        )


def _limited(source: BinaryIO, limit: int, announced: int | None) -> Iterator[bytes]:
    passed = 0
    while piece := _read(source):
        passed += len(piece)
        if passed > limit:
            raise too_large(limit)
        yield piece
    if announced is not None and passed < announced:
        raise IncompleteBody


def _read(source: BinaryIO) -> bytes:
    try:
        return source.read(CHUNK)
    except OSError:
        # What the server raises for a chunked body that breaks off or has broken chunks.
        raise IncompleteBody from None


def too_large(limit: int) -> TooLarge:
    """The refusal of a body over `limit` bytes."""
    return TooLarge(f"The body is over the limit of {limit // (1024 * 1024)} MiB.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise BadRequest(
            "A field stands twice in the JSON body. Send it once.", reason="field_twice"
        )
    return dict(pairs)


def _parsed(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not valid JSON in UTF-8.", reason="broken_json") from None
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object.", reason="broken_json")
    spellings: dict[str, str] = {}
    for name in document:
        _note_spelling(spellings, name)
    return document

"""One request in a thread: gunicorn's parser over what has come, the application, its answer."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
)
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from .. import errors, metrics, request_body
from .connection import PIECE, Connection
from .framing import Arrival
from .output import ReaderTooSlow


class ConnectionUnreader(Unreader):  # type: ignore[misc]  # gunicorn has no types
    """Gives gunicorn's parser what a connection has received, then, if it may, what still comes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self.may_wait = False
        self.unread(bytes(connection.received))

    @property
    def held(self) -> int:
        """How many bytes were received that nobody has taken yet."""
        return int(self.buf.getbuffer().nbytes)

    def chunk(self, size: int = PIECE) -> bytes:
        """What comes next; nothing at the end of all. Raises TooSlowToSend."""
        return self._connection.read(size) if self.may_wait else b""


class DirectBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """The body of a request, read straight from the connection.

    gunicorn's own copies a kilobyte at a time: a large upload took the processor, not the wire.
    """

    def read(self, size: int | None = None) -> bytes:
        """At most `size` bytes, as many as are there, or all of them."""
        wanted = self.getsize(size)
        if self.buf.tell() or not wanted:
            return bytes(super().read(wanted))
        if wanted == sys.maxsize:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if isinstance(self.reader, LengthReader):
            return self._announced(min(wanted, self.reader.length))
        return bytes(self.reader.read(min(wanted, PIECE)))

    def _announced(self, size: int) -> bytes:
        # Not a byte more than the body has is taken from the socket: nothing to put back.
        unreader = self.reader.unreader
        if unreader.held:
            data: bytes = unreader.take_buffered()
            unreader.unread(data[size:])
            data = data[:size]
        else:
            data = unreader.chunk(size) if size else b""
        self.reader.length -= len(data)
        return data


class Response(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's response, which says that the connection ends where a body is left unread."""

    def __init__(self, req: Any, sock: Any, cfg: Any, leaves_unread: Callable[[], bool]) -> None:
        super().__init__(req, sock, cfg)
        self._leaves_unread = leaves_unread

    def send_headers(self) -> None:
        """Send status and headers, once."""
        if not self.headers_sent and self._leaves_unread():
            self.force_close()
        super().send_headers()


class RequestServer:
    """Answers requests by a WSGI application. Its calls may come from many threads."""

    def __init__(self, application: Callable[..., Any], cfg: Any, log: Any) -> None:
        self._application = application
        self._cfg = cfg
        self._log = log

    def serve(self, connection: Connection, *, last: bool) -> None:
        """Answer the request that has come, and leave what came behind it for the next.

        What the client has not taken yet is in `connection.output`. `last` asks it to leave.
        """
        whole = connection.framing.arrival is Arrival.WHOLE
        unreader = ConnectionUnreader(connection)
        connection.requests += 1
        try:
            request = Request(self._cfg, unreader, connection.client, connection.requests)
        except (ParseException, NoMoreData, StopIteration) as error:
            connection.refuse(_unreadable(error), uuid.uuid4().hex)
            return
        body = request.body = DirectBody(request.body.reader)

        def leaves_unread() -> bool:
            if isinstance(body.reader, LengthReader):
                return bool(body.reader.length > unreader.held)
            return not whole and body.reader.parser is not None

        unreader.may_wait = leaves_unread()
        try:
            keeps = self._answer(connection, request, leaves_unread, last=last)
        except ConnectionError as error:
            # The client has left, or does not read.
            if isinstance(error, ReaderTooSlow):
                metrics.REFUSED_CONNECTIONS.labels("slow_reader").inc()
            connection.gone = True
            return
        if keeps is None:
            return
        connection.unread = leaves_unread() or not _discard(body, unreader)
        connection.closing = not keeps or connection.unread
        rest = unreader.take_buffered()
        connection.unread |= connection.closing and bool(rest)
        connection.begin_request(rest)

    def _answer(
        self,
        connection: Connection,
        request: Any,
        leaves_unread: Callable[[], bool],
        *,
        last: bool,
    ) -> bool | None:
        """Whether the connection stays after the answer; None where the answer failed."""
        response, environ = wsgi.create(
            request,
            connection.output,
            connection.client,
            connection.server,
            self._cfg,
            response_class=Response,
            response_args=(leaves_unread,),
        )
        environ["wsgi.multithread"] = True
        if leaves_unread():
            environ[request_body.PENDING] = True
        environ[request_body.PACE] = connection.pace
        if last:
            response.force_close()
        try:
            answer = self._application(environ, response.start_response)
            try:
                for piece in answer:
                    response.write(piece)
                response.close()
                connection.output.push()
            finally:
                connection.pace.on_slow = None
                if hasattr(answer, "close"):
                    answer.close()
        except ConnectionError:
            raise
        except errors.TooMany:
            # The answer is under way, its reader is slow, and so are too many others.
            raise ReaderTooSlow from None
        except Exception:
            self._log.exception("Error handling request")
            if response.headers_sent:
                connection.gone = True
            else:
                failed = "Something went wrong in ML Studio. Tell an operator the request id."
                connection.refuse(errors.StudioError(failed), uuid.uuid4().hex)
            return None
        return not response.should_close()


def _discard(body: DirectBody, unreader: ConnectionUnreader) -> bool:
    """Pass over what is here of a body that was not asked for; False where it is broken."""
    unreader.may_wait = False
    try:
        while body.read(PIECE):
            pass
    except OSError:
        return False
    return True


def _unreadable(error: Exception) -> errors.StudioError:
    """What to tell the sender of something that gunicorn's parser cannot read."""
    match error:
        case LimitRequestLine():
            return address_too_long()
        case LimitRequestHeaders():
            return headers_too_large()
    return no_request()


def address_too_long() -> errors.StudioError:
    """The refusal of a request line over the limit."""
    return errors.AddressTooLong(
        "The address is longer than 64 KiB. Ask for less at once, or use the POST form."
    )


def headers_too_large() -> errors.StudioError:
    """The refusal of headers over the limit."""
    return errors.HeadersTooLarge("The headers are too many or too large. Send fewer.")


def no_request() -> errors.StudioError:
    """The refusal of what is no HTTP."""
    return errors.BadRequest("This is no HTTP/1.1 request. Check how it is written.")

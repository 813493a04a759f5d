"""Pages of somebody else: another port of this host (the same site), and another site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import make_server


@dataclass
class Elsewhere:
    """A web server under two names; cookies of 127.0.0.1 are sent along from one of them."""

    port: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    # The cookies that browsers sent along.
    cookies: list[str] = field(default_factory=list)

    @property
    def another_port(self) -> str:
        """The same host for a cookie, the same site for a browser, and another origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def another_site(self) -> str:
        """Another host."""
        return f"http://localhost:{self.port}"

    def answer(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        """The page of this path."""
        self.cookies.append(environ.get("HTTP_COOKIE", ""))
        content = self.pages.get(environ["PATH_INFO"], "").encode()
        start("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(content)))])
        return [content]


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Such a server, while it is needed."""
    made = Elsewhere()
    server = make_server("127.0.0.1", 0, made.answer, threaded=True)
    made.port = server.port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()

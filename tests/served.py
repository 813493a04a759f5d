"""A WSGI application that answers on a port of its own, in a thread of the tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from processes import free_port


@dataclass
class Served:
    """A WSGI application on a port of its own, that can be taken away and brought back."""

    application: Callable[..., Any]
    port: int = field(default_factory=free_port)
    _server: BaseWSGIServer | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serves, on the same port as before, unless it does already."""
        if self._server:
            return
        server = make_server("127.0.0.1", self.port, self.application, threaded=True)
        self._server = server
        # It looks so often whether it is to stop; by default every test would wait a second.
        often = {"poll_interval": 0.01}
        threading.Thread(target=server.serve_forever, kwargs=often, daemon=True).start()

    def stop(self) -> None:
        """Refuses connections from now on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

"""Connection draining: before MLflow ends, its callers learn that nothing more is begun here.

Told to end, uvicorn closes at once every connection that is idle. A write that the UAC API sends at
that moment meets the end of the connection in place of an answer, and nobody can tell whether it
was carried out, so it must not be sent again. Therefore uvicorn hears of SIGTERM only when nothing
is under way any more, after DRAIN_SECONDS at least and LONGEST_SECONDS at most. Until then each new
request is answered 503 with the header RESTARTING, which says that nothing was done: the UAC API
gives its idle connections up and waits for the next MLflow with what it has to send. What is under
way goes on, and uvicorn waits for it: of several worker processes the parent keeps the socket open
without answering, so that nobody would be told any more.
"""

import asyncio
import signal
import threading
from types import FrameType

from telemetry.asgi import Application, Receive, Scope, Send, refuse

# uac_api/mlflow/upstream.py has the same name in its RESTARTING_HEADER.
RESTARTING = b"x-mlstudio-restarting"
# Longer than the UAC API lets pass between two probes of a waiting change, with room for a busy
# machine: whoever has a connection here has used it meanwhile, or lets it rest.
DRAIN_SECONDS = 1.0
# Then uvicorn has its own limit for what is still under way (`--timeout-graceful-shutdown`).
LONGEST_SECONDS = 10.0
LOOK_SECONDS = 0.1
REFUSAL = {
    "error_code": "TEMPORARILY_UNAVAILABLE",
    "message": "MLflow is restarting. Try again in a moment.",
}


class Draining:
    """An ASGI application that hands requests on until its process is told to end.

    It listens for SIGTERM from `lifespan.startup` on, where uvicorn has set its own handler, and
    calls that one when the time is over.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._under_way = 0
        self.is_ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or answer that MLflow is about to end."""
        if scope["type"] == "lifespan":
            self._listen()
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif self.is_ending:
            await refuse(send, 503, REFUSAL, [(RESTARTING, b"1")])
        else:
            self._under_way += 1
            try:
                await self._application(scope, receive, send)
            finally:
                self._under_way -= 1

    def _listen(self) -> None:
        # Signals are for the main thread alone; a server in another one is a test's.
        if threading.current_thread() is not threading.main_thread():
            return
        end = signal.getsignal(signal.SIGTERM)
        if not callable(end):
            return
        loop = asyncio.get_running_loop()

        def look(number: int, frame: FrameType | None, until: float) -> None:
            if self._under_way and loop.time() < until:
                loop.call_later(LOOK_SECONDS, look, number, frame, until)
            else:
                end(number, frame)

        def begin(number: int, frame: FrameType | None) -> None:
            loop.call_later(DRAIN_SECONDS, look, number, frame, loop.time() + LONGEST_SECONDS)

        def drain(number: int, frame: FrameType | None) -> None:
            # It comes twice where a whole group of processes is told: MLflow's command line hands
            # it on as well.
            if not self.is_ending:
                self.is_ending = True
                loop.call_soon_threadsafe(begin, number, frame)

        signal.signal(signal.SIGTERM, drain)

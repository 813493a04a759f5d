"""People who work in Studio at once: each has a tab with the table of runs, and acts every 3 s.

A tab here is the socket that Streamlit's page has, without a browser: what it sends is what a click
sends, and an action has ended when Studio has drawn everything. So the machine's processors go to
the servers, as they do where people sit at machines of their own.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import urllib3
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tools.bench import content
from tools.bench.content import API
from tools.bench.programs import PEER_PASSWORD
from tools.bench.stage import SLUG
from tools.bench.wire import BenchError, Way, Wire

EVERY = 3.0
PATIENCE = 120.0
# By turns, so that nobody is answered with what they have just read.
SORTS = tuple(f"metrics.metric_{number} {way}" for number in range(5) for way in ("asc", "desc"))
# How often a script logs: it does something else, too.
PAUSE = 0.02


@dataclass
class Tab(threading.Thread):
    """One person with the table of runs open; `seconds` are how long each action took."""

    studio: str
    cookies: str
    experiment: str
    place: int
    stopping: threading.Event
    seconds: list[float] = field(default_factory=list)
    trouble: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    # A thread must be hashable.
    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Open the page, then act until the time is over."""
        try:
            with self._socket() as socket:
                self._act(socket, 0)
                # People do not click in step.
                self.stopping.wait(EVERY * (self.place % 10) / 10)
                turn = 1
                while not self.stopping.is_set():
                    began = time.monotonic()
                    self._act(socket, turn)
                    took = time.monotonic() - began
                    self.seconds.append(took)
                    self.stopping.wait(max(0.0, EVERY - took))
                    turn += 1
        except (BenchError, OSError, WebSocketException) as error:
            self.trouble = f"{type(error).__name__}: {error}"

    def _socket(self) -> ClientConnection:
        return connect(
            f"{self.studio.replace('http', 'ws', 1)}/_stcore/stream",
            origin=Origin(self.studio),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": self.cookies},
            open_timeout=PATIENCE,
            max_size=None,
        )

    def _act(self, socket: ClientConnection, turn: int) -> None:
        """Have the runs sorted in another way; returns when all of it is drawn."""
        message = BackMsg()
        sort = SORTS[(self.place + turn) % len(SORTS)]
        message.rerun_script.query_string = (
            f"project={SLUG}&experiment_id={self.experiment}&show=table&sort={sort}"
        )
        message.rerun_script.page_name = "runs"
        socket.send(message.SerializeToString())
        has_rows = is_drawn = False
        while not is_drawn:
            said = ForwardMsg()
            said.ParseFromString(socket.recv(PATIENCE, decode=False))
            element = said.delta.new_element
            has_rows = has_rows or element.WhichOneof("type") == "bidi_component"
            # One that gives way to the next has not drawn everything.
            is_drawn = (
                said.WhichOneof("type") == "script_finished"
                and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            )
        if turn == 0 and not has_rows:
            raise BenchError("The page of runs drew no table.")


@contextmanager
def people(studio: str, api: str, names: Sequence[str], experiment: str) -> Iterator[list[Tab]]:
    """So many people act while the block runs; each has a session of their own.

    Raises BenchError if somebody could not work.
    """
    stopping = threading.Event()
    tabs = [
        Tab(studio, _sign_in(studio, api, name), experiment, place, stopping)
        for place, name in enumerate(names)
    ]
    for tab in tabs:
        tab.start()
    try:
        yield tabs
    finally:
        stopping.set()
        for tab in tabs:
            tab.join(PATIENCE)
    for tab in tabs:
        if tab.trouble:
            raise BenchError(f"A person could not work: {tab.trouble}")


def log_metrics(way: Way, run: str, seconds: float) -> float:
    """A script logs one metric after another for a while; the median of what a call takes."""
    times, until = [], time.monotonic() + seconds
    with Wire(way) as wire:
        step = 0
        while time.monotonic() < until:
            step += 1
            metric = {"run_id": run, **content.metrics(1, step)[0]}
            request = way.request("POST", f"{API}/runs/log-metric", metric)
            began = time.perf_counter()
            wire.ask(request)
            times.append(time.perf_counter() - began)
            time.sleep(PAUSE)
    return median(times)


def _sign_in(studio: str, api: str, name: str) -> str:
    """The cookies of a browser in which this person has signed in."""
    sent = {"Content-Type": "application/json", "Origin": studio}
    names = json.dumps({"username": name, "password": PEER_PASSWORD}).encode()
    began = urllib3.request("POST", f"{api}/studio/v1/sessions", body=names, headers=sent)
    if began.status >= 400:
        raise BenchError(f"{name} cannot sign in: {began.data[:500].decode(errors='replace')}")
    ticket = json.dumps({"ticket": began.json()["ticket"]}).encode()
    answer = urllib3.request("POST", f"{studio}/auth/session", body=ticket, headers=sent)
    if answer.status >= 400:
        raise BenchError(f"Studio let {name} not in: {answer.status}")
    return "; ".join(line.split(";")[0] for line in answer.headers.getlist("Set-Cookie"))

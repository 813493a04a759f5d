"""People without an account attack Studio with all they have; those who work go on working."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import pytest
import urllib3
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from people import CAST, PASSWORD, Person, add_people, session_of
from processes import Program, free_port, studio_program, uac_program
from system.conftest import SCRIPTS
from system.test_nginx import Front, start, stop
from uac_api.access.database import Database
from uac_api.migrations import upgrade

QUIET_RUNS, RUNS = 20, 30
# A machine that others use too: what it costs a page at most, beside three times the quiet time.
SLACK_SECONDS = 0.5


@dataclass
class House:
    """Studio and the API, behind nginx and without, and alice who is signed in."""

    front: Front
    studio: Program
    uac: Program
    alice: Person
    cookies: str = field(default="")

    def address(self, way: str) -> str:
        """Where Studio is reached."""
        return self.front.url if way == "behind nginx" else self.studio.url


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("without-account")
    database = Database(f"sqlite:///{folder}/uac.db")
    upgrade(database)
    add_people(database, CAST)
    port = free_port()
    public = {
        "STUDIO_PUBLIC_URL": f"https://localhost:{port}",
        "STUDIO_PUBLIC_API_URL": f"https://localhost:{port}",
    }
    url = f"sqlite:///{folder}/uac.db"
    uac = uac_program(folder, url, "http://127.0.0.1:1", UAC_WORKERS="1", **public)
    uac.start()
    studio = studio_program(folder, uac.url, **public)
    studio.start()
    front = start(folder, f"127.0.0.1:{studio.port}", f"127.0.0.1:{uac.port}", port)
    alice = session_of(database, "alice", uac.url)
    yield House(front, studio, uac, alice, sign_in(front))
    stop(front)
    studio.stop()
    uac.stop()
    database.close()


def sign_in(front: Front) -> str:
    """The cookies of alice's browser."""
    sent = {"Content-Type": "application/json", "Origin": front.url}
    names = json.dumps({"username": "alice", "password": PASSWORD}).encode()
    begun = front.ask("POST", "/studio/v1/sessions", body=names, headers=sent).json()
    ticket = json.dumps({"ticket": begun["ticket"]}).encode()
    answer = front.ask("POST", "/auth/session", body=ticket, headers=sent)
    return "; ".join(line.split(";")[0] for line in answer.headers.getlist("Set-Cookie"))


def times(house: House, way: str, runs: int) -> tuple[float, float]:
    """The 95th percentile in seconds of a signed-in page's runs, and of calls of the API."""
    address = house.address(way)
    pages, calls = [], []
    tls = ssl.create_default_context(cafile=str(house.front.folder / "tls.crt"))
    message = BackMsg()
    message.rerun_script.query_string = ""
    with connect(
        address.replace("http", "ws", 1) + "/_stcore/stream",
        origin=Origin(house.front.url),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": house.cookies},
        user_agent_header="a browser",
        ssl=tls if address.startswith("https") else None,
        open_timeout=60,
        max_size=None,
    ) as socket:
        for _ in range(runs):
            began = time.monotonic()
            socket.send(message.SerializeToString())
            said = ForwardMsg()
            while said.WhichOneof("type") != "script_finished":
                said = ForwardMsg()
                said.ParseFromString(socket.recv(60))
            pages.append(time.monotonic() - began)
            began = time.monotonic()
            assert house.alice.studio("GET", "/me").status == 200
            calls.append(time.monotonic() - began)
            # Within the share of a session.
            time.sleep(0.2)
    return quantiles(pages, n=20)[-1], quantiles(calls, n=20)[-1]


@pytest.mark.parametrize("way", ["behind nginx", "without nginx"])
def test_a_page_and_the_api_stay_quick_while_strangers_attack(house: House, way: str) -> None:
    page, api = times(house, way, QUIET_RUNS)
    command = [sys.executable, str(SCRIPTS / "attack_studio.py")]
    attack = subprocess.Popen([*command, house.front.url, house.address(way)])
    try:
        # Past what they may have at once.
        time.sleep(5)
        page_then, api_then = times(house, way, RUNS)
        assert attack.poll() is None, "the attack has ended by itself"
    finally:
        attack.kill()
        attack.wait()
    assert page_then < 3 * page + SLACK_SECONDS
    assert api_then < 3 * api + SLACK_SECONDS
    assert "Traceback" not in Path(house.studio.log).read_text()
    answer = urllib3.request("GET", f"{house.studio.url}/_stcore/health", timeout=60)
    assert answer.status == 200

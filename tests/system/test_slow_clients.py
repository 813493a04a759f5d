"""Attacks by slow clients on the real thing, behind nginx and without: others go on as before.

The attackers come from an address of their own; uac_api believes 127.0.0.1, nginx's, to be a proxy.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3

from attackers import Attack, Manner
from conftest import Stack
from content import new_experiment, new_run
from people import Person
from processes import free_port, uac_program
from system.test_nginx import start, stop

# Twice as many as once stopped everything.
NUMBER = 140
OTHERS = "127.0.0.4"
# A machine that does much else is slow by itself; an attack used to stop them all.
FLOOR_SECONDS = 3.0
CLIENT_SECONDS = 4
CONNECTIONS = 400


class Other:
    """A script of alice's, from another address than the attackers'."""

    def __init__(self, url: str, alice: Person, slug: str, run: dict[str, Any], ca: str) -> None:
        self.run = run
        self._url = url
        self._headers = {"Authorization": alice.credential}
        self._api = f"/projects/{slug}/api/2.0"
        self._connections = urllib3.PoolManager(
            ca_certs=ca, source_address=(OTHERS, 0), retries=False, timeout=30
        )

    @property
    def file(self) -> str:
        """Where files of the run are."""
        run = self.run
        artifacts = f"{run['experiment_id']}/{run['run_id']}/artifacts"
        return f"{self._api}/mlflow-artifacts/artifacts/{artifacts}"

    def ask(self, method: str, path: str, **more: Any) -> int:
        """The status of one call."""
        url = f"{self._url}{path}"
        return self._connections.request(method, url, headers=self._headers, **more).status

    def slowest(self, seconds: float) -> float:
        """How long a call takes at most, but for one in twenty, of all kinds for some seconds."""
        metric = {"run_id": self.run["run_id"], "key": "k", "value": 1.0, "timestamp": 1}
        get = f"{self._api}/mlflow/runs/get?run_id={self.run['run_id']}"
        log = f"{self._api}/mlflow/runs/log-metric"
        calls: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", get, {}),
            ("POST", log, {"json": metric}),
            ("GET", "/healthz", {}),
        ]
        took, until = list[float](), time.monotonic() + seconds
        while time.monotonic() < until or len(took) < 3 * len(calls):
            for method, path, more in calls:
                began = time.monotonic()
                assert self.ask(method, path, **more) == 200, path
                took.append(time.monotonic() - began)
            # A new connection must get in as well.
            self.close()
        return sorted(took)[int(len(took) * 0.95)]

    def close(self) -> None:
        """End its connections."""
        self._connections.clear()


@dataclass
class Besieged:
    """One way to a uac_api, those who attack it there, and somebody else who works there."""

    url: str
    other: Other
    trust: ssl.SSLContext | None
    stack: Stack
    tokens: list[Person]

    def attack(self, manners: list[Manner], number: int = NUMBER) -> Attack:
        return Attack(self.url, number, manners, trust=self.trust)

    def assert_others_go_on(
        self,
        attack: Attack,
        seconds: float = 3.0,
        seen: Callable[[Attack], object] = lambda _: True,
    ) -> None:
        """Others' calls take no longer than three times what they take in quiet.

        The attack goes on until it has seen what it shall see.
        """
        quiet = self.other.slowest(1.0)
        with attack:
            assert self.other.slowest(seconds) < max(3 * quiet, FLOOR_SECONDS)
            attack.wait_until(seen)


@pytest.fixture(scope="module")
def ways(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Besieged]]:
    folder = tmp_path_factory.mktemp("besieged")
    uac = uac_program(
        folder,
        stack.database.url.render_as_string(hide_password=False),
        stack.mlflow.url,
        UAC_WORKERS="1",
        UAC_CONNECTIONS=str(CONNECTIONS),
        STUDIO_TRUSTED_PROXIES="127.0.0.1",
        STUDIO_CLIENT_SECONDS=str(CLIENT_SECONDS),
    )
    uac.start()
    front = start(folder, f"127.0.0.1:{free_port()}", f"127.0.0.1:{uac.port}")
    certificate = str(folder / "tls.crt")
    trust = ssl.create_default_context(cafile=certificate)
    slug, alice = stack.new_project(), stack.with_token("alice")
    run = new_run(alice, slug, new_experiment(alice, slug))["info"]
    tokens = [stack.with_token("bob") for _ in range(3)]
    made = {
        name: Besieged(url, Other(url, alice, slug, run, certificate), context, stack, tokens)
        for name, url, context in (("direct", uac.url, None), ("nginx", front.url, trust))
    }
    assert made["direct"].other.ask("PUT", f"{made['direct'].other.file}/big", body=BIG) == 200
    yield made
    for one in made.values():
        one.other.close()
    stop(front)
    uac.stop()


@pytest.fixture(params=["direct", "nginx"])
def besieged(ways: dict[str, Besieged], request: pytest.FixtureRequest) -> Besieged:
    return ways[request.param]


BIG = b"x" * 8_000_000


def head(method: str, target: str, *lines: str, body: bytes = b"") -> bytes:
    whole = [f"{method} {target} HTTP/1.1", "Host: localhost", *lines, "", ""]
    return "\r\n".join(whole).encode() + body


SIGN_IN = "/studio/v1/sessions"


def test_who_has_no_account_cannot_stop_anybody(besieged: Besieged) -> None:
    manners = [
        # A head that never ends; bodies that never end: announced, in chunks, large.
        Manner(head("POST", SIGN_IN)[:-2], b"X-A: b\r\n"),
        Manner(head("POST", SIGN_IN, "Content-Length: 5000", body=b"{"), b" "),
        Manner(
            head("POST", SIGN_IN, "Transfer-Encoding: chunked", body=b"1\r\n{\r\n"), b"1\r\n \r\n"
        ),
        Manner(head("PUT", f"{besieged.other.file}/a", "Content-Length: 900000"), b"x"),
    ]
    besieged.assert_others_go_on(besieged.attack(manners), seconds=CLIENT_SECONDS + 1)


def test_who_reads_no_answer_cannot_stop_anybody(besieged: Besieged) -> None:
    signed = f"Authorization: {besieged.tokens[0].credential}"
    asked = head("GET", "/studio/v1/openapi.json", signed)
    besieged.assert_others_go_on(besieged.attack([Manner(asked * 5, reads=False)]))


def test_idle_connections_of_one_address_make_room_for_others(
    ways: dict[str, Besieged], request: pytest.FixtureRequest
) -> None:
    del request
    direct = ways["direct"]
    attack = direct.attack([Manner(head("GET", "/healthz"), every=0.5)], CONNECTIONS + NUMBER)
    direct.assert_others_go_on(attack, seconds=2, seen=lambda attack: attack.ended)
    assert attack.ended > 0, "the oldest of the attacker's own had to go"


def slow_uploads(besieged: Besieged) -> list[Manner]:
    """Of bob's, with three tokens: 40 KiB a second each, more than the least."""
    return [
        Manner(
            head(
                "PUT",
                f"{besieged.other.file}/slow-{number}",
                f"Authorization: {token.credential}",
                "Content-Length: 900000000",
            ),
            b"x" * 8 * 1024,
        )
        for number, token in enumerate(besieged.tokens)
    ]


def test_slow_uploads_with_three_tokens_of_one_person_leave_ways_to_mlflow(
    besieged: Besieged,
) -> None:
    attack = besieged.attack(slow_uploads(besieged), 22)
    # Longer than it takes to find out that they are slow.
    besieged.assert_others_go_on(attack, seconds=7, seen=lambda attack: attack.statuses)
    assert set(attack.statuses) == {429}


def test_slow_readers_with_three_tokens_of_one_person_leave_ways_to_mlflow(
    besieged: Besieged,
) -> None:
    manners = [
        Manner(
            head("GET", f"{besieged.other.file}/big", f"Authorization: {token.credential}"),
            reads=False,
        )
        for token in besieged.tokens
    ]
    besieged.assert_others_go_on(besieged.attack(manners, 22))


def test_an_honest_upload_over_a_slow_line_passes_beside_slow_ones(besieged: Besieged) -> None:
    def content() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000
            time.sleep(0.1)

    with besieged.attack(slow_uploads(besieged), 22):
        assert besieged.other.ask("PUT", f"{besieged.other.file}/honest", body=content()) == 200

"""A thousand calls that hypothesis makes of real ones: read as they were judged, never a 5xx."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import Stack
from mlflow_reader import MlflowReader, installed_reader
from people import CAST, Person, Reply, add_member, add_people, session_of
from processes import Program, uac_program
from recording import Recorder, Said, Seen, speak
from replay import Estate, new_estate
from replay.made import Made, calls
from replay.view import view
from uac_api.access.audit.events import ALLOWED
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Action, Role
from uac_api.migrations import upgrade
from uac_api.proxy.request.messages import Messages
from uac_api.proxy.rules import RULES, Rule

CALLS = 1000
OURS = {"error_code", "message", "reason", "request_id"}
# What MLflow says of itself, to anybody who is signed in.
OF_NOBODY = re.compile("version|server-info|users/current")
MESSAGES = Messages()
LINKS = re.compile("/traces/(batchGetInfos|link-to-run)$")
BY_NAME = {rule.operation: rule for rule in RULES}


@dataclass(frozen=True)
class Scene:
    """The real stack, and the same proxy in front of a stand-in that writes down what it gets."""

    estate: Estate
    carol: Person
    mallory: Person
    owner: Person
    real: Program
    proxy: Program
    upstream: Recorder
    reader: MlflowReader


@pytest.fixture(scope="module")
def scene(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """alice's project with carol in it; at the stand-in a project of the same name."""
    estate = new_estate(stack.person("alice"))
    add_member(stack.database, estate.slug, "carol", Role.VIEWER)
    folder = tmp_path_factory.mktemp("made")
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    upstream = Recorder()
    # What the proxy asks before a model is deleted: there is none to keep.
    upstream.said = Said(body=b'{"kept": null}')
    upstream.start()
    proxy = uac_program(folder, url, upstream.url, UAC_WORKERS="1")
    proxy.start()
    owner = session_of(database, "alice", proxy.url)
    made = owner.studio("POST", "/projects", {"slug": estate.slug, "name": "the same"})
    assert made.status == 201, made.body
    people = (stack.person("carol"), stack.person("mallory"), owner)
    yield Scene(estate, *people, stack.uac, proxy, upstream, installed_reader())
    proxy.stop()
    upstream.stop()
    database.close()


def answer(scene: Scene, person: Person, made: Made) -> Reply:
    """What came back; fails if nothing did."""
    sent = made.written(scene.estate.slug, person.credential)
    try:
        return speak(person.address, sent)
    except (HTTPException, OSError) as error:
        raise AssertionError(f"no answer to {made}") from error


def faults(made: Made, reply: Reply) -> list[str]:
    """What is wrong with an answer, whatever was asked."""
    if reply.status < 400 or made.method == "HEAD":
        return ["5xx"] if reply.status >= 500 else []
    try:
        document = reply.json
    except ValueError:
        return ["no JSON"]
    reason = document.get("reason")
    found = []
    # MLflow's own errors have what ours have, and what else it says.
    more = set(document) - OURS if reason == "mlflow_error" else set()
    if reason is not None and set(document) - more != OURS:
        found.append("not our shape")
    if reason not in (None, "mlflow_error") and reply.status >= 500:
        found.append("a 5xx of ours")
    if reason is None and not {"error_code", "detail"} & set(document):
        found.append("not MLflow's shape")
    return found


def row(seen: Seen) -> str:
    """The row of what arrived, read without the proxy's own code."""
    method = "GET" if seen.method == "HEAD" else seen.method
    path = "/" + "/".join(unquote(one) for one in urlsplit(seen.target).path[1:].split("/"))
    path = re.sub("^/ajax-api/", "/api/", path)
    found = [rule for rule in RULES if rule.method == method and _pattern(rule).fullmatch(path)]
    found.sort(key=lambda rule: rule.path.count("{"))
    return found[0].operation if found else ""


def _pattern(rule: Rule) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+(?::path)?\})", rule.path)
    return re.compile(
        "".join(
            (".+" if part.endswith(":path}") else "[^/]+") if part[:1] == "{" else re.escape(part)
            for part in parts
        )
    )


def differences(made: Made, seen: Seen) -> list[str]:
    """What MLflow would read otherwise than it was sent."""
    # A plain space ends the target of a request line (RFC 9112, section 3): it is no part of it.
    sent_path = [unquote(one) for one in made.path.rstrip(" ").split("/")]
    parts = urlsplit(seen.target)
    seen_path = [unquote(one) for one in parts.path.split("/")]
    folded = [
        [*path[:1], "api", *path[2:]] if path[1:2] == ["ajax-api"] else path
        for path in (sent_path, seen_path)
    ]
    found = ["path"] if folded[0] != folded[1] else []
    if parse_qsl(made.query, True) != parse_qsl(parts.query, True):
        found.append("query")
    rule = BY_NAME[row(seen)]
    if rule.stamp is None and not rule.spans and made.body != seen.body:
        found.append("body")
    if rule.stamp is not None and not set(_keys(made.body)) <= set(_keys(seen.body)):
        found.append("stamped body")
    return found


def _keys(body: bytes) -> Any:
    return json.loads(body.strip() or b"{}")


def forwarded(made: Made, seen: list[Seen]) -> Seen:
    """What arrived of the call itself.

    Before it the proxy may ask for what the call names; after a trace it asks for the links that
    have waited for one.
    """
    own = [one for one in seen if not LINKS.search(urlsplit(one.target).path)]
    return seen[-1] if LINKS.search(unquote(made.path)) or not own else own[-1]


def read_wholly(reader: MlflowReader, seen: Seen) -> bool:
    """Whether MLflow's own parser takes all of what arrived, if it reads it as a message."""
    message = MESSAGES.names[row(seen)]
    if message is None or BY_NAME[row(seen)].streamed:
        return True
    if seen.method == "GET":
        return reader.takes_query(message, parse_qsl(urlsplit(seen.target).query, True))
    # To MLflow a HEAD is no GET: it looks for a body, and there is none.
    return reader.takes(message, json.loads(seen.body.strip() or b"{}"))


def logged(program: Program, answered: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The lines of the access log, by request id; those of what was answered are awaited.

    A line is written when its answer has gone out, so the last may not be there yet.
    """
    until = time.monotonic() + 20
    while True:
        lines = [one for one in program.log.read_text().splitlines() if one.startswith("{")]
        documents = [json.loads(one) for one in lines]
        found = {one["request_id"]: one for one in documents if one.get("event") == "request"}
        if found.keys() >= set(answered) or time.monotonic() > until:
            return found
        time.sleep(0.05)


def test_a_thousand_calls_are_judged_as_they_are_read(stack: Stack, scene: Scene) -> None:
    alice = stack.person("alice")
    before = view(alice, scene.estate)
    bad: list[tuple[Any, ...]] = []
    passed: dict[str, str] = {}
    by_carol: list[str] = []
    here: list[str] = []
    count = 0

    @settings(
        max_examples=CALLS,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(st.data())
    def send(data: st.DataObject) -> None:
        nonlocal count
        count += 1
        made = data.draw(calls(scene.estate))
        person = scene.carol if count % 3 else scene.mallory
        reply = answer(scene, person, made)
        bad.extend((made, reply.status, reply.body[:300], one) for one in faults(made, reply))
        if person is scene.carol:
            by_carol.append(reply.headers.get("x-request-id", ""))
        elif reply.status < 400 and not OF_NOBODY.search(made.path):
            bad.append((made, reply.status, "a stranger got in"))
        scene.upstream.seen.clear()
        reply = answer(scene, scene.owner, made)
        bad.extend((made, reply.status, reply.body[:300], one) for one in faults(made, reply))
        if reply.status < 400 and not scene.upstream.seen:
            here.append(reply.headers["x-request-id"])
        elif reply.status < 400 and BY_NAME[row(seen := forwarded(made, scene.upstream.seen))].own:
            # The proxy asked on its own account, not with what the caller sent.
            here.append(reply.headers["x-request-id"])
        elif reply.status < 400:
            passed[reply.headers["x-request-id"]] = row(seen)
            bad.extend((made, seen.target, seen.body, one) for one in differences(made, seen))
            if not read_wholly(scene.reader, seen):
                bad.append((made, seen.target, seen.body, "read in part"))

    send()
    assert bad == []
    assert count >= CALLS
    at_proxy = logged(scene.proxy, [*passed, *here])
    at_real = logged(scene.real, [one for one in by_carol if one])
    assert {one: at_proxy[one]["row"] for one in passed} == passed
    assert all(BY_NAME[at_proxy[one]["row"]].own for one in here), "answered by the proxy"
    let_in = [one for one in by_carol if at_real.get(one, {}).get("decision") == ALLOWED]
    rows = {at_real[one]["row"] for one in let_in}
    assert {BY_NAME[one].action for one in rows} <= {Action.READ, None}
    assert len(rows) > 30, "many calls of carol's went through"
    assert len(passed) > CALLS / 5, "many calls reached the stand-in"
    assert view(alice, scene.estate) == before

"""Every operation of MLflow x every kind of principal, against verdicts written by hand.

The stand-in for MLflow sees what passes: a permitted request once and as it was judged, a refused
one not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from people import CAST, Person, add_member, add_people, session_of
from principals import PRINCIPALS, House
from processes import uac_program
from recording import SLUG, NarrowProxy, Recorder, Said, Seen
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Role
from uac_api.migrations import upgrade
from uac_api.proxy.rules import NEWEST, RULES
from verdicts import Operation, read, shape

# Who gets what for which action. `role` and `token` say why not; to a stranger, and to an
# administrator who is no member, there is no such project.
VERDICTS = """
                            read    log     register promote delete  manage
the viewer                  yes     role    role     role    role    role
the contributor             yes     yes     yes      role    role    role
the maintainer              yes     yes     yes      yes     yes     role
the owner                   yes     yes     yes      yes     yes     yes
a stranger                  hidden  hidden  hidden   hidden  hidden  hidden
an administrator            hidden  hidden  hidden   hidden  hidden  hidden
the owner's token           yes     yes     yes      yes     yes     yes
a token to read             yes     token   token    token   token   token
a token to log              token   yes     token    token   token   token
a token to register         token   token   yes      token   token   token
a token to promote          token   token   token    yes     token   token
a token to delete           token   token   token    token   yes     token
a token to manage           token   token   token    token   token   yes
a viewer's token for all    yes     role    role     role    role    role
a contributor's to promote  token   token   token    role    role    role
a password                  yes     yes     yes      role    role    role
a token as a password       yes     token   token    token   token   token
a token of the project      yes     yes     yes      yes     yes     yes
a service that views        yes     role    role     role    role    role
a service that contributes  yes     yes     yes      role    role    role
a service that maintains    yes     yes     yes      yes     yes     role
the viewer's browser        yes     role    role     role    role    role
the owner's browser         yes     yes     yes      yes     yes     yes
a stranger's browser        hidden  hidden  hidden   hidden  hidden  hidden
"""
# Who is narrowed to something else than an action. `its-log` and `its-read` are what the verdicts
# mark with a star, to the run that the token is for; `here` is what ML Studio answers itself.
NARROWED = """
                              here   its-read its-log read  log   register promote delete manage
a token of another project    hidden other    other   other other other    other   other  other
a stranger's of their project hidden other    other   other other other    other   other  other
a token of one run            yes    yes      yes     run   run   run      run     run    run
a contributor's of one run    yes    yes      yes     run   run   run      role    role   role
a service's of one run        yes    yes      yes     run   run   run      role    role   role
a token of another run        yes    run      run     run   run   run      run     run    run
a viewer's of one run         yes    yes      role    run   role  role     role    role   role
a token of a run elsewhere    hidden other    other   other other other    other   other  other
"""
ANSWERS = {
    "yes": (200, ""),
    "role": (403, "role_too_low"),
    "token": (403, "token_too_narrow"),
    "run": (403, "token_of_one_run"),
    "other": (400, "two_projects"),
    "hidden": (404, "no_such_project"),
    "closed": (403, "closed"),
}
# The roles of those who are members; mallory and admin are none.
ROLES = {"bob": Role.CONTRIBUTOR, "carol": Role.VIEWER, "dave": Role.MAINTAINER}

# What the proxy itself asks, to see whether a thing that is named beside the main one is there, and
# what is about to be deleted.
LOOKUPS = {
    "/api/2.0/mlflow/runs/get?run_id=run-1": {
        "run": {"info": {"artifact_uri": f"mlflow-artifacts:/workspaces/{SLUG}/7/run-1/artifacts"}}
    },
    "/api/2.0/mlflow/experiments/search": {"experiments": [{"experiment_id": "7"}]},
    "/api/3.0/mlflow/traces/batchGetInfos": {"trace_infos": [{"trace_id": "tr-1"}]},
    "/api/3.0/mlflow/datasets/d-1": {},
    "/api/2.0/mlflow/experiments/get?experiment_id=7": {},
    "/api/3.0/mlflow/traces/tr-1/assessments/x": {},
    "/api/3.0/mlflow/traces/tr-1/assessments/a-1": {},
    "/api/3.0/mlflow/label-schemas/get?schema_id=ls-1": {},
    "/api/3.0/mlflow/review-queues/get?queue_id=rq-1": {},
    "/mlstudio/trash/models?name=tree": {"kept": None},
    "/mlstudio/trash/models?name=tree&version=1": {"kept": None},
    "/mlstudio/trash/models?skill=x": {"kept": None},
    "/mlstudio/trash/models?skill=x&version=x": {"kept": None},
    "/mlstudio/trash/models?skill=%40x%2Fx": {"kept": None},
    "/mlstudio/trash/models?skill=%40x%2Fx&version=x": {"kept": None},
}


def table(text: str) -> dict[str, dict[str, str]]:
    """The rows of a table whose columns stand under their names."""
    head, *lines = text.strip("\n").splitlines()
    width = len(head) - len(head.lstrip())
    rows = {line[:width].strip(): line[width:].split() for line in lines}
    return {who: dict(zip(head.split(), row, strict=True)) for who, row in rows.items()}


OPERATIONS = read()
MAY = table(VERDICTS) | table(NARROWED)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """It, with alice as the owner of the project, and bob, carol and dave; mallory has another."""
    folder = tmp_path_factory.mktemp("verdicts")
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, (*CAST, "dave"))
    upstream = Recorder()
    upstream.by_path = {
        path: Said(body=json.dumps(said).encode()) for path, said in LOOKUPS.items()
    }
    upstream.version = NEWEST
    upstream.start()
    features = {"STUDIO_MLFLOW_FEATURES": "gateway,jobs"}
    uac = uac_program(folder, url, upstream.url, UAC_WORKERS="1", **features)
    uac.start()
    alice = session_of(database, "alice", uac.url)
    assert alice.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"}).status == 201
    mallory = session_of(database, "mallory", uac.url)
    assert mallory.studio("POST", "/projects", {"slug": "other", "name": "Other"}).status == 201
    for name, role in ROLES.items():
        add_member(database, SLUG, name, role)
    add_member(database, "other", "alice", Role.MAINTAINER)
    yield House(uac.url, database, upstream)
    uac.stop()
    upstream.stop()
    database.close()


def holds(whole: object, part: object) -> bool:
    """Whether all of `part` is in the JSON document, to which the proxy may have added authors."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and holds(whole[name], one) for name, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return all(any(holds(other, one) for other in whole) for one in part)
    return whole == part


def is_judged(seen: Seen, operation: Operation) -> bool:
    """Whether exactly this request reached MLflow, in the workspace of the project."""
    workspace = None if operation.verdict == "signed-in" else SLUG
    target = seen.target.replace("/ajax-api/", "/api/", 1)
    if operation.mark == "trash" and target.startswith("/mlstudio/trash/models?skill="):
        target = operation.target
    return (
        (seen.method, target) == (operation.method, operation.target)
        and seen.headers.get("X-MLFLOW-WORKSPACE") == workspace
        and "Authorization" not in seen.headers
        and (seen.body == operation.body or holds(*map(json.loads, (seen.body, operation.body))))
    )


def difference(person: Person, upstream: Recorder, operation: Operation, expected: str) -> str:
    """What is not as expected when the person asks for the operation; empty if nothing is."""
    upstream.seen.clear()
    reply = person.ask(
        operation.method,
        f"/projects/{SLUG}{operation.target}",
        raw=operation.body or None,
        headers=operation.headers,
    )
    seen = upstream.seen
    status, reason = ANSWERS[expected]
    said = "" if reply.status == 200 else reply.json["reason"]
    line = f"{operation.method} {operation.target}: {expected} is expected, not "
    if (reply.status, said) != (status, reason):
        return f"{line}{reply.status} {said} {reply.body!r}"
    if expected != "yes" or operation.mark == "here":
        passed = [one.target for one in seen if one.target != "/version"]
        return f"{line}{passed}" if passed else ""
    asked_before = {one.target for one in seen[:-1]} - {"/version"}
    if not seen or not is_judged(seen[-1], operation) or not asked_before <= LOOKUPS.keys():
        return f"{line}{[(one.method, one.target, one.body) for one in seen]}"
    return ""


def differences(
    person: Person, upstream: Recorder, expected: dict[str, str], operations: list[Operation]
) -> list[str]:
    """One line for each operation that is not as expected."""
    found = (difference(person, upstream, one, verdict(one, expected)) for one in operations)
    return [one for one in found if one]


def verdict(operation: Operation, expected: dict[str, str]) -> str:
    """What a principal of whom `expected` is said gets for the operation."""
    if operation.mark == "here" and operation.verdict == "read":
        return expected.get("here", expected["read"])
    if operation.one_run:
        return expected.get(f"its-{operation.verdict}", expected[operation.verdict])
    return {"signed-in": "yes", "closed": "closed", **expected}[operation.verdict]


def test_every_row_has_a_verdict_by_hand_and_every_verdict_a_row() -> None:
    judged = {one.shape for one in OPERATIONS if one.verdict != "closed"}
    rows = {shape(rule.method, rule.path) for rule in RULES}
    assert judged - rows == set(), "open by hand, without a row"
    assert rows - judged == set(), "a row that nobody judged by hand"


def test_every_action_and_mark_is_among_the_verdicts() -> None:
    actions = {"read", "log", "register", "promote", "delete", "manage"}
    assert {one.verdict for one in OPERATIONS} == actions | {"signed-in", "closed"}
    assert {one.mark for one in OPERATIONS} == {"", "gateway", "jobs", "here", "trash"}


@pytest.mark.parametrize("who", MAY)
def test_the_verdicts_hold_for(who: str, house: House) -> None:
    found = differences(PRINCIPALS[who](house), house.upstream, MAY[who], OPERATIONS)
    assert not found, "\n".join(found)


def test_a_feature_that_is_off_is_closed_to_the_owner(proxy: NarrowProxy) -> None:
    closed = dict.fromkeys(MAY["the owner"], "closed")
    of_features = [one for one in OPERATIONS if one.mark in ("gateway", "jobs")]
    assert len(of_features) > 50
    found = differences(proxy.alice, proxy.upstream, closed, of_features)
    assert not found, "\n".join(found)


def test_without_a_credential_nothing_passes(house: House) -> None:
    nobody = Person("", house.address, "")
    house.upstream.seen.clear()
    for operation in OPERATIONS:
        target = f"/projects/{SLUG}{operation.target}"
        reply = nobody.ask(
            operation.method, target, raw=operation.body or None, headers=operation.headers
        )
        assert reply.status == 401, operation
    assert not house.upstream.seen

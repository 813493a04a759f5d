"""Everything that one measurement stands on: servers, people, projects, and the ways to them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from tools.bench import programs
from tools.bench.content import Content, Experiments, fill
from tools.bench.databases import databases
from tools.bench.wire import Way, Wire
from uac_api.access.credentials import sessions, tokens
from uac_api.access.database import Database
from uac_api.access.people import users
from uac_api.migrations import upgrade

SLUG, FLAT = "bench", "flat"
WIDE = tuple(f"wide-{number:02}" for number in range(20))
WIDE_EACH, FLAT_EACH = 60, 40
# Their experiments come and go with the work that is about them.
WIDEST = tuple(f"widest-{number:03}" for number in range(500))
CLIENTS = 16
PEER_USER = "worker"
ROLES = "/api/3.0/mlflow/roles"


@dataclass(frozen=True)
class Stage:
    """What is measured, and by which ways."""

    direct: Way
    through: Way
    peer: Way
    member: Way
    reader: Way
    overseer: Way
    content: Content
    experiments: Experiments
    uac_process: int
    mlflow_process: int
    room: Way


@contextmanager
def stage(
    kind: str,
    folder: Path,
    before: Callable[[str], None] = lambda _: None,
    viewers: Sequence[str] = (),
) -> Iterator[Stage]:
    """Starts all servers on databases of this kind, fills them, and ends them.

    `before` may write into MLflow's database while nothing runs yet; `viewers` are more people, who
    may look into the project.
    """
    with ExitStack() as stack:
        mlflow_url, uac_url = stack.enter_context(databases(kind, folder))
        before(mlflow_url)
        mlflow = stack.enter_context(programs.mlflow(folder, mlflow_url)).wait()
        bearers = _people(uac_url, viewers)
        uac = stack.enter_context(programs.uac(folder, uac_url, mlflow.url))
        peer = stack.enter_context(programs.basic_auth(folder, mlflow_url))
        _projects(uac.wait().url, bearers, viewers)
        direct = Way(
            mlflow.url, {"X-MLStudio-Upstream": programs.SECRET, "X-MLFLOW-WORKSPACE": SLUG}
        )
        with Wire(direct) as wire:
            content = fill(wire, SLUG, CLIENTS)
        experiments = Experiments(mlflow_url)
        experiments.add([FLAT], FLAT_EACH)
        experiments.add(WIDE, WIDE_EACH)
        yield Stage(
            direct=direct,
            through=_way(uac.url, bearers["writer token"], SLUG),
            peer=_peer(peer.wait().url),
            member=_way(uac.url, bearers["member token"], FLAT),
            reader=_way(uac.url, bearers["reader token"], ""),
            overseer=_way(uac.url, bearers["overseer token"], ""),
            content=content,
            experiments=experiments,
            uac_process=uac.process.pid,
            mlflow_process=mlflow.process.pid,
            room=_way(uac.url, bearers["writer token"], ""),
        )


def _people(uac_database: str, viewers: Sequence[str]) -> dict[str, str]:
    """The writer, the member, the reader and the overseer: what each sends in `Authorization`.

    The viewers are there afterwards, too, and sign in by themselves.
    """
    database, bearers = Database(uac_database), {}
    upgrade(database)

    def add(name: str) -> tuple[str, str]:
        def work(session: Session) -> tuple[str, str]:
            user = users.create(session, username=name, password=programs.PEER_PASSWORD)
            issued = tokens.create(session, user_id=user.id, name="bench")[1]
            return sessions.start(session, user.id, hours=1)[0], issued.text

        return database.write(work)

    for name in viewers:
        add(name)
    for name in ("writer", "member", "reader", "overseer"):
        bearers[name], bearers[f"{name} token"] = add(name)
    database.close()
    return bearers


def _projects(url: str, bearers: dict[str, str], viewers: Sequence[str]) -> None:
    owners = {SLUG: "writer", FLAT: "member", **dict.fromkeys(WIDE, "reader")}
    owners |= dict.fromkeys(WIDEST, "overseer")
    for slug, owner in owners.items():
        with Wire(_way(url, bearers[owner], "")) as wire:
            wire.call("POST", "/studio/v1/projects", {"slug": slug, "name": slug})
    with Wire(_way(url, bearers["writer"], "")) as wire:
        for name in viewers:
            wire.call("PUT", f"/studio/v1/projects/{SLUG}/members/{name}", {"role": "viewer"})


def _way(url: str, bearer: str, slug: str) -> Way:
    prefix = f"/projects/{slug}" if slug else ""
    return Way(url, {"Authorization": f"Bearer {bearer}"}, prefix)


def _peer(url: str) -> Way:
    """An ordinary user of basic-auth, who may work in the same workspace."""
    admin = _basic(url, programs.PEER_ADMIN)
    with Wire(admin) as wire:
        person = {"username": PEER_USER, "password": programs.PEER_PASSWORD}
        wire.call("POST", "/api/2.0/mlflow/users/create", person)
        role = wire.call("POST", f"{ROLES}/create", {"workspace": SLUG, "name": "bench"})
        number = role["role"]["id"]
        for thing in ("workspace", "experiment"):
            grant = {"role_id": number, "resource_type": thing, "resource_pattern": "*"}
            level = "USE" if thing == "workspace" else "MANAGE"
            wire.call("POST", f"{ROLES}/permissions/add", {**grant, "permission": level})
        wire.call("POST", f"{ROLES}/assign", {"username": PEER_USER, "role_id": number})
    return _basic(url, PEER_USER)


def _basic(url: str, username: str) -> Way:
    pair = base64.b64encode(f"{username}:{programs.PEER_PASSWORD}".encode()).decode()
    return Way(url, {"Authorization": f"Basic {pair}", "X-MLFLOW-WORKSPACE": SLUG})

"""The purge: what is due goes with its files, and nothing else does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, ForeignKey, select, text, update
from sqlalchemy.engine import make_url

from conftest import Stack, stack_on
from content import FILE, TEXT, Content, artifact, done, fill, metrics, new_experiment, new_run
from databases import KINDS, drop_database, needed_database
from ops.backup.settings import Settings
from ops.backup.storage.stores import Folder
from ops.purge import claims
from ops.purge.claims import Due
from ops.purge.content import Content as MlflowContent
from ops.purge.files import folder_of, folder_of_upload
from ops.purge.graph import Graph
from ops.purge.purge import purge
from people import Person
from preloaded import start_python
from processes import mlflow_program
from uac_api.access.models import Base, Event, Project, ServiceAccount, TrashItem, now
from uac_api.access.projects.purging import BELONGINGS

LONG_AGO = timedelta(days=31)


@dataclass
class Place:
    """A running stack on one kind of database, and the purge of it."""

    stack: Stack
    settings: Settings
    # To look into MLflow's database: to find out what tables there are costs half a second.
    graph: Graph

    @property
    def artifacts(self) -> Path:
        return Path(self.settings.artifacts)

    def purge(self, days: int = 30) -> str:
        return purge(self.settings, self.stack.database, days=days)

    def rows(self) -> dict[str, list[str]]:
        """Every row of MLflow's database as text."""
        with self.graph.transaction() as connection:
            return {
                table.name: sorted(
                    repr([str(value) for value in row]) for row in connection.execute(select(table))
                )
                for table in self.graph.sorted
            }

    def mentions(self, word: str) -> list[str]:
        """The tables of MLflow that hold the word anywhere."""
        return [name for name, rows in self.rows().items() if any(word in row for row in rows)]

    def files(self, *words: str) -> list[str]:
        """The files whose paths hold all words."""
        found = [str(path) for path in self.artifacts.rglob("*") if path.is_file()]
        return [path for path in found if all(word in path for word in words)]

    def tell(self, statement: str, **values: Any) -> None:
        with self.graph.transaction() as connection:
            connection.execute(text(statement), values)

    def age_run(self, run: str) -> None:
        self.tell("UPDATE runs SET deleted_time = 1 WHERE run_uuid = :run", run=run)

    def age_experiment(self, experiment: str) -> None:
        statement = "UPDATE experiments SET last_update_time = 1 WHERE experiment_id = :id"
        self.tell(statement, id=int(experiment))

    def age_project(self, slug: str) -> None:
        old = update(Project).where(Project.slug == slug).values(deleted_at=now() - LONG_AGO)
        self.stack.database.write(lambda session: session.execute(old))

    def events(self, operation: str = "trash.purge") -> list[Event]:
        wanted = select(Event).where(Event.operation == operation).order_by(Event.id)
        return self.stack.database.read(lambda session: list(session.scalars(wanted)))


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """MLflow and the UAC API on databases of each kind."""
    folder = tmp_path_factory.mktemp("purge")
    urls = [needed_database(request.param, folder) for _ in range(2)]
    mlflow = mlflow_program(folder, urls[0])
    mlflow.start()
    with stack_on(urls[1], mlflow, folder) as stack:
        settings = Settings(
            uac=make_url(urls[1]), mlflow=make_url(urls[0]), artifacts=str(folder / "artifacts")
        )
        with closing(Graph(settings.mlflow)) as graph:
            yield Place(stack, settings, graph)
    mlflow.stop()
    for url in urls:
        drop_database(url)


@pytest.fixture
def alice(place: Place) -> Person:
    return place.stack.person("alice")


@pytest.fixture
def content(place: Place, alice: Person) -> Content:
    return fill(alice, place.stack.new_project())


@pytest.fixture
def other(place: Place, alice: Person) -> Content:
    return fill(alice, place.stack.new_project())


def delete_run(person: Person, slug: str, run: str) -> None:
    done(person.mlflow(slug, "POST", "runs/delete", {"run_id": run}))


def free_run(alice: Person, content: Content) -> str:
    """A run with a metric, a data set and a file, that no model uses."""
    run = str(new_run(alice, content.slug, content.experiment)["info"]["run_id"])
    metric = {"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1, "step": 0}
    done(alice.mlflow(content.slug, "POST", "runs/log-metric", metric))
    dataset = {"name": "payments", "digest": "1", "source_type": "local", "source": "x"}
    inputs = {"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
    body = {"run_id": run, "datasets": [inputs]}
    done(alice.mlflow(content.slug, "POST", "runs/log-inputs", body))
    path = f"workspaces/{content.slug}/{content.experiment}/{run}/artifacts/{FILE}"
    assert alice.ask("PUT", artifact(content.slug, path), raw=TEXT).status == 200
    return run


def is_whole(alice: Person, content: Content) -> bool:
    """Whether a project answers with everything that was put into it."""
    path = artifact(content.slug, f"{content.artifacts}/{FILE}")
    assert alice.ask("GET", path).body == TEXT
    assert metrics(alice, content.slug, content.run)
    trace = alice.ask("GET", f"/projects/{content.slug}/api/3.0/mlflow/traces/{content.trace}")
    assert trace.status == 200
    return True


def test_a_run_goes_after_its_days_with_its_files_and_nothing_else(
    place: Place, alice: Person, content: Content, other: Content
) -> None:
    due, fresh = free_run(alice, content), free_run(alice, content)
    for run in (due, fresh):
        delete_run(alice, content.slug, run)
    place.age_run(due)
    before = place.rows()
    assert place.purge() == "Purged run: 1."
    assert place.mentions(due) == []
    assert place.files(due) == []
    assert len(place.files(fresh)) == 1
    lost = {name: set(before[name]) - set(rows) for name, rows in place.rows().items()}
    lost.pop("experiments")  # the mark that keeps ids from being given again
    assert all(due in row for rows in lost.values() for row in rows)
    body = {"kind": "runs", "id": fresh}
    done(alice.studio("POST", f"/projects/{content.slug}/trash/restore", body))
    assert is_whole(alice, content)
    assert is_whole(alice, other)
    (event,) = [one for one in place.events() if one.project == content.slug]
    assert (event.user, event.target) == ("jobs", f"1 run: {due}")


def test_what_was_restored_stays_and_zero_days_are_for_ever(
    place: Place, alice: Person, content: Content
) -> None:
    run = free_run(alice, content)
    delete_run(alice, content.slug, run)
    place.age_run(run)
    assert place.purge(days=0) == "Nothing is purged: STUDIO_TRASH_DAYS is 0."
    assert place.files(run)
    body = {"kind": "runs", "id": run}
    done(alice.studio("POST", f"/projects/{content.slug}/trash/restore", body))
    assert place.purge() == "Nothing was due."
    assert metrics(alice, content.slug, run) == {"loss": 1.0}
    assert place.files(run)


def test_what_a_version_of_a_model_uses_stays(
    place: Place, alice: Person, content: Content
) -> None:
    delete_run(alice, content.slug, content.run)
    place.age_run(content.run)
    body = {"experiment_id": content.experiment}
    assert place.purge() == "Nothing was due. 1 stay, because a version of a model uses them."
    done(alice.mlflow(content.slug, "POST", "experiments/delete", body))
    place.age_experiment(content.experiment)
    assert place.purge() == "Nothing was due. 1 stay, because a version of a model uses them."
    # Also while the model itself is in the trash, from where it may come back.
    named = {"name": content.registered}
    done(alice.mlflow(content.slug, "DELETE", "registered-models/delete", named))
    assert "1 stay" in place.purge()
    old = now() - LONG_AGO
    place.stack.database.write(
        lambda session: session.execute(update(TrashItem).values(deleted_at=old))
    )
    assert place.purge() == (
        "Purged model or version: 1. 1 stay, because a version of a model uses them."
    )
    assert place.purge() == "Purged experiment: 1."


def test_an_experiment_goes_with_all_that_is_in_it(
    place: Place, alice: Person, content: Content, other: Content
) -> None:
    experiment = new_experiment(alice, content.slug)
    run = new_run(alice, content.slug, experiment)["info"]["run_id"]
    path = f"workspaces/{content.slug}/{experiment}/{run}/artifacts/x"
    assert alice.ask("PUT", artifact(content.slug, path), raw=b"x").status == 200
    done(alice.mlflow(content.slug, "POST", "experiments/delete", {"experiment_id": experiment}))
    place.age_experiment(experiment)
    assert place.purge() == "Purged experiment: 1."
    assert place.mentions(run) == []
    assert place.files(f"/{content.slug}/{experiment}/") == []
    reply = alice.mlflow(content.slug, "GET", f"experiments/get?experiment_id={experiment}")
    assert reply.status == 404
    # An id that others may remember is never given again.
    assert int(new_experiment(alice, content.slug)) > int(experiment)
    assert is_whole(alice, content)
    assert is_whole(alice, other)


def test_a_project_goes_with_every_row_and_file_and_its_slug_stays_taken(
    place: Place, alice: Person, content: Content, other: Content
) -> None:
    slug = content.slug
    account = {"name": "robot", "role": "contributor"}
    made = alice.studio("POST", f"/projects/{slug}/service-accounts", account)
    assert made.status == 201, made.body
    token = place.stack.with_token("alice", project_id=project_id(place, slug))
    assert token.studio("GET", f"/projects/{slug}").status == 200
    run = free_run(alice, content)
    assert alice.studio("DELETE", f"/projects/{slug}?name={slug}").status == 204
    assert place.purge() == "Nothing was due."
    place.age_project(slug)
    assert place.purge() == "Purged project: 1."
    rows = place.rows()
    own = [word for word in (slug, *content.words) if word not in other.words] + [run]
    assert len(own) > 10
    left = {
        word: name for word in own for name, found in rows.items() if any(word in r for r in found)
    }
    assert left == {}
    assert place.files(slug) == []
    assert token.studio("GET", "/me").status == 401
    assert alice.studio("POST", "/projects", {"slug": slug}).status == 409
    admin = place.stack.person("admin")
    assert admin.studio("POST", f"/deleted-projects/{slug}/restore", {}).status == 404
    listed = admin.studio("GET", "/deleted-projects").json["projects"]
    assert slug not in [one["slug"] for one in listed]
    project = place.stack.database.read(
        lambda session: session.scalars(select(Project).where(Project.slug == slug)).one()
    )
    assert (project.name, project.description) == ("", "")
    accounts = place.stack.database.read(
        lambda session: list(session.scalars(select(ServiceAccount)))
    )
    assert [one for one in accounts if one.project_id == project.id] == []
    assert is_whole(alice, other)
    assert place.purge() == "Nothing was due."


def test_a_project_that_was_restored_in_time_works_as_before(
    place: Place, alice: Person, content: Content
) -> None:
    slug = content.slug
    token = place.stack.with_token("alice", project_id=project_id(place, slug))
    assert alice.studio("DELETE", f"/projects/{slug}?name={slug}").status == 204
    place.age_project(slug)
    assert alice.studio("POST", f"/deleted-projects/{slug}/restore", {}).status == 200
    assert place.purge() == "Nothing was due."
    assert is_whole(alice, content)
    assert is_whole(token, content)
    carol = place.stack.person("carol")
    assert carol.studio("GET", f"/projects/{slug}").json["role"] == "viewer"


def test_what_is_restored_after_it_was_listed_is_not_claimed(
    place: Place, alice: Person, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, experiment = free_run(alice, content), new_experiment(alice, content.slug)
    delete_run(alice, content.slug, run)
    body = {"experiment_id": experiment}
    done(alice.mlflow(content.slug, "POST", "experiments/delete", body))
    place.age_run(run)
    place.age_experiment(experiment)
    home, holds_used = claims._home, Due._holds_used

    def run_restored(connection: Connection, graph: Graph, name: str) -> int:
        runs = graph.tables["runs"]
        active = update(runs).where(runs.c.run_uuid == run).values(lifecycle_stage="active")
        connection.execute(active)
        return home(connection, graph, name)

    def experiment_restored(due: Due, number: int) -> bool:
        done(alice.mlflow(content.slug, "POST", "experiments/restore", body))
        return holds_used(due, number)

    monkeypatch.setattr(claims, "_home", run_restored)
    monkeypatch.setattr(Due, "_holds_used", experiment_restored)
    seen = []

    def look(_seconds: float) -> None:
        """Both are in their project at every moment."""
        found = alice.mlflow(content.slug, "GET", f"experiments/get?experiment_id={experiment}")
        seen.append(done(found)["experiment"]["lifecycle_stage"])
        assert metrics(alice, content.slug, run) == {"loss": 1.0}

    monkeypatch.setattr("ops.purge.purge.time.sleep", look)
    assert place.purge() == "Nothing was due."
    look(0)
    assert seen == ["active", "active"]
    assert place.files(run)


def test_a_restore_that_overtakes_a_claim_wins(
    place: Place, alice: Person, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = free_run(alice, content)
    experiment = new_experiment(alice, content.slug, f"late-{content.slug}")
    delete_run(alice, content.slug, run)
    body = {"experiment_id": experiment}
    done(alice.mlflow(content.slug, "POST", "experiments/delete", body))
    place.age_run(run)
    place.age_experiment(experiment)

    def overtaken(_seconds: float) -> None:
        # As MLflow writes what it has read before the claim.
        place.tell(
            "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_uuid = :id",
            id=run,
        )
        statement = "UPDATE experiments SET lifecycle_stage = 'active' WHERE experiment_id = :id"
        place.tell(statement, id=int(experiment))

    monkeypatch.setattr("ops.purge.purge.time.sleep", overtaken)
    assert place.purge() == "Nothing was due."
    assert metrics(alice, content.slug, run) == {"loss": 1.0}
    assert place.files(run)
    found = alice.mlflow(content.slug, "GET", f"experiments/get?experiment_id={experiment}")
    assert done(found)["experiment"]["name"] == f"late-{content.slug}"
    assert done(found)["experiment"].get("tags", []) == []
    monkeypatch.undo()
    assert place.purge() == "Nothing was due."
    assert is_whole(alice, content)


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from sqlalchemy.engine import make_url
from ops.backup.settings import Settings
from ops.purge import graph
from ops.purge.purge import purge
from uac_api.access.database import Database

mlflow, uac, artifacts, number = sys.argv[1:]
left = int(number)
real = graph.Graph.transaction

@contextmanager
def counted(self):
    global left
    left -= 1
    with real(self) as connection:
        yield connection
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

graph.Graph.transaction = counted
settings = Settings(uac=make_url(uac), mlflow=make_url(mlflow), artifacts=artifacts)
print(purge(settings, Database(uac), days=30))
"""


# The steps are the same on every database.
@pytest.mark.parametrize("place", ["sqlite"], indirect=True, scope="module")
def test_a_purge_that_is_killed_anywhere_is_done_by_the_next(
    place: Place, alice: Person, content: Content, other: Content
) -> None:
    dead = fill(alice, place.stack.new_project())
    runs = [free_run(alice, content) for _ in range(2)]
    for run in runs:
        delete_run(alice, content.slug, run)
        place.age_run(run)
    assert alice.studio("DELETE", f"/projects/{dead.slug}?name={dead.slug}").status == 204
    place.age_project(dead.slug)
    urls = [place.settings.mlflow, place.settings.uac]
    told = [url.render_as_string(hide_password=False) for url in urls]
    killed = 0
    for number in range(1, 60, 4):
        words = ["-c", KILLED, *told, str(place.artifacts), str(number)]
        code = start_python(words, os.environ).wait()
        killed += code == -9
        if not code:
            break
    assert killed > 5
    place.purge()
    for word in (*runs, dead.slug, dead.run, dead.trace):
        assert place.mentions(word) == []
        assert place.files(word) == []
    assert is_whole(alice, content)
    assert is_whole(alice, other)
    assert alice.studio("POST", "/projects", {"slug": dead.slug}).status == 409


def test_the_list_of_what_goes_with_a_project_is_that_of_the_foreign_keys() -> None:
    def is_of_project(key: ForeignKey) -> bool:
        return key.column.table is Project.__table__

    tables = {
        table
        for table in Base.metadata.sorted_tables
        if any(is_of_project(key) for key in table.foreign_keys)
    }
    assert tables == {table.__table__ for table in BELONGINGS}


RUN = "a" * 32


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        (f"mlflow-artifacts:/workspaces/fraud/1/{RUN}/artifacts", f"workspaces/fraud/1/{RUN}"),
        (f"mlflow-artifacts:/3/{RUN}/artifacts", f"3/{RUN}"),
        (f"mlflow-artifacts:/workspaces/risk/1/{RUN}/artifacts", None),
        (f"mlflow-artifacts:/workspaces/fraud/../risk/{RUN}/artifacts", None),
        ("mlflow-artifacts:/workspaces/fraud/1/shared", None),
        ("mlflow-artifacts:/workspaces/fraud", None),
        (f"s3://bucket/1/{RUN}/artifacts", None),
        (f"/srv/mlruns/1/{RUN}/artifacts", None),
        ("", None),
    ],
)
def test_only_a_folder_that_is_certainly_of_the_thing_is_emptied(
    address: str, folder: str | None
) -> None:
    assert folder_of(address, RUN, "fraud") == folder


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        (f"mlflow-artifacts:/skills/@acme/a/{RUN}", f"workspaces/fraud/skills/@acme/a/{RUN}"),
        (f"mlflow-artifacts:/skills/@acme/b/{RUN}", None),
        (f"mlflow-artifacts:/skills/@acme/a/{RUN}/deeper", None),
        ("mlflow-artifacts:/skills/@acme/a", None),
        ("mlflow-artifacts:/skills/@acme/a/..", None),
        (f"mlflow-artifacts:/workspaces/risk/skills/@acme/a/{RUN}", None),
        ("https://git.example/a.git", None),
        ("None", None),
    ],
)
def test_only_what_was_uploaded_for_a_skill_is_its_folder(address: str, folder: str | None) -> None:
    assert folder_of_upload(address, "@acme/a", "fraud") == folder


def test_a_kept_skill_goes_with_the_files_that_were_uploaded_for_it(tmp_path: Path) -> None:
    other = "b" * 32
    root = tmp_path / "artifacts" / "workspaces" / "fraud" / "skills" / "a"
    for token in (RUN, other):
        (root / token).mkdir(parents=True)
        (root / token / "SKILL.md").write_text("Review.")
    versions = [{"source": f"mlflow-artifacts:/skills/a/{RUN}"}, {"source": "https://git.example"}]
    kept = {"skill": "a", "name": "a", "rows": {"skill_versions": versions}}
    with closing(Graph(make_url(f"sqlite:///{tmp_path}/empty.db"))) as graph:
        content = MlflowContent(graph, Folder(tmp_path / "artifacts"))
        content.take_skill("fraud", {**kept, "what": "skill version"})
        assert len(list(root.rglob("SKILL.md"))) == 2, "a version keeps its files"
        content.take_skill("fraud", {**kept, "what": "skill"})
    assert list(root.rglob("SKILL.md")) == [root / other / "SKILL.md"]


def project_id(place: Place, slug: str) -> int:
    wanted = select(Project.id).where(Project.slug == slug)
    return place.stack.database.read(lambda session: session.scalars(wanted).one())

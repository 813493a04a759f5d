"""An existing MLflow is in its projects afterwards: whole, for its members, and undone at once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from adoption import (
    Adopter,
    Picture,
    Plain,
    completed,
    files_of,
    killed,
    planned,
    put_so_far,
    unlike,
)
from content import artifact, done, fill, v3
from people import Person
from uac_api.access.audit import events as audit

# Some commands that each load MLflow, one after the other, before the first test.
pytestmark = pytest.mark.timeout(900)

OPENED, OF_MALLORY = "churn", "of-mallory"


@dataclass(frozen=True)
class Adopted:
    """An adoption that was killed twice and came to its end."""

    by: Adopter
    plain: Plain
    plan: Path
    existing: str
    before: Picture
    source_before: list[str]

    @property
    def alice(self) -> Person:
        """Who owns both projects."""
        return self.by.stack.person("alice")

    def slug(self, name: str) -> str:
        """The project of an experiment or model of the source."""
        return OPENED if name.startswith("churn") else self.existing

    def runs(self) -> list[tuple[str, str, str, str]]:
        """(run, project, lifecycle stage, artifact folder) of every run of the source."""
        found = self.plain.rows(
            "SELECT run_uuid, e.name, r.lifecycle_stage, artifact_uri FROM runs r "
            "JOIN experiments e USING (experiment_id)"
        )
        return [(run, self.slug(name), stage, uri) for run, name, stage, uri in found]


@pytest.fixture(scope="module")
def adopted(adopter: Adopter, plain: Plain, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """Planned, run, killed twice at points that chance chooses, and run to its end."""
    alice = adopter.stack.person("alice")
    existing = adopter.stack.new_project()
    fill(alice, existing)
    mallory = adopter.stack.person("mallory")
    own = mallory.studio("POST", "/projects", {"slug": OF_MALLORY, "name": "Mine"})
    assert own.status == 201
    plan = tmp_path_factory.mktemp("plan") / "plan.yaml"
    source_before = files_of(plain.folder)
    before = adopter.picture()
    words = ("--pattern", f"fraud-*={existing}", "--pattern", f"churn-*={OPENED}")
    code, said = planned(adopter.here, plain, plan, *words, "--owner", f"{OPENED}=alice")
    assert code == 0, said
    for most in (400, 800):
        after = random.randrange(put_so_far(plan), most)  # noqa: S311 - no secret
        killed(adopter.here, plan, after)
    code, said = completed(adopter.here, "adopt", "run", plan)
    assert code == 0, said
    assert "Verified: every row and every file" in said
    return Adopted(adopter, plain, plan, existing, before, source_before)


def test_the_owner_reads_every_run_through_the_door(adopted: Adopted) -> None:
    for run, slug, stage, _ in adopted.runs():
        read = done(adopted.alice.mlflow(slug, "GET", f"runs/get?run_id={run}"))["run"]
        assert read["info"]["lifecycle_stage"] == stage
        kept = adopted.plain.rows("SELECT key, value FROM params WHERE run_uuid = ?", run)
        assert {one["key"]: one["value"] for one in read["data"]["params"]} == dict(kept)
        kept = adopted.plain.rows("SELECT key, value FROM tags WHERE run_uuid = ?", run)
        assert {one["key"]: one["value"] for one in read["data"]["tags"]} == dict(kept)
        path = f"metrics/get-history?run_id={run}&metric_key=loss"
        history = done(adopted.alice.mlflow(slug, "GET", path))["metrics"]
        kept = adopted.plain.rows(
            "SELECT step, value FROM metrics WHERE run_uuid = ? AND key = 'loss'", run
        )
        assert {one["step"]: one["value"] for one in history} == dict(kept)


def test_the_owner_opens_every_artifact_of_every_run(adopted: Adopted) -> None:
    opened = 0
    for run, slug, _, uri in adopted.runs():
        read = done(adopted.alice.mlflow(slug, "GET", f"runs/get?run_id={run}"))["run"]["info"]
        root = read["artifact_uri"].removeprefix("mlflow-artifacts:/")
        assert root == f"workspaces/{slug}/{read['experiment_id']}/{run}/artifacts"
        for file in Path(uri).rglob("*"):
            if file.is_file():
                path = quote(f"{root}/{file.relative_to(uri)}")
                reply = adopted.alice.ask("GET", artifact(slug, path))
                assert (reply.status, reply.body) == (200, file.read_bytes())
                opened += 1
    assert opened >= len(adopted.runs())


def test_models_and_their_versions_are_whole(adopted: Adopted) -> None:
    names = adopted.plain.rows("SELECT name FROM registered_models")
    assert len(names) >= 4
    for (name,) in names:
        slug = adopted.slug(name)
        path = f"registered-models/get?name={quote(name)}"
        model = done(adopted.alice.mlflow(slug, "GET", path))["registered_model"]
        aliases = {one["alias"] for one in model["aliases"]}
        kept = adopted.plain.rows("SELECT alias FROM registered_model_aliases WHERE name=?", name)
        assert aliases == {one for (one,) in kept}
        versions = adopted.plain.rows("SELECT version FROM model_versions WHERE name = ?", name)
        for (version,) in versions:
            path = f"model-versions/get?name={quote(name)}&version={version}"
            assert adopted.alice.mlflow(slug, "GET", path).status == 200
    for model, name, folder in adopted.plain.rows(
        "SELECT model_id, e.name, m.artifact_location FROM logged_models m "
        "JOIN experiments e USING (experiment_id)"
    ):
        slug = adopted.slug(name)
        read = done(adopted.alice.mlflow(slug, "GET", f"logged-models/{model}"))["model"]
        root = read["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        reply = adopted.alice.ask("GET", artifact(slug, f"{root}/data.bin"))
        assert reply.body == (Path(folder) / "data.bin").read_bytes()


def test_a_version_leads_to_its_files(adopted: Adopted) -> None:
    path = "model-versions/get-download-uri?name=churn-forest-0&version=1"
    address = done(adopted.alice.mlflow(OPENED, "GET", path))["artifact_uri"]
    assert address.startswith(f"mlflow-artifacts:/workspaces/{OPENED}/")


def test_traces_come_with_spans_assessments_and_links(adopted: Adopted) -> None:
    traces = adopted.plain.rows(
        "SELECT request_id, e.name FROM trace_info JOIN experiments e USING (experiment_id)"
    )
    assert len(traces) >= 6
    for trace, name in traces:
        slug = adopted.slug(name)
        read: Any = done(v3(adopted.alice, slug, "GET", f"traces/get?trace_id={trace}"))["trace"]
        spans = adopted.plain.rows("SELECT span_id FROM spans WHERE trace_id = ?", trace)
        assert len(read["spans"]) == len(spans) == 2
        names = {one["assessment_name"] for one in read["trace_info"]["assessments"]}
        assert names == {"good", "wanted"}
        location = read["trace_info"]["tags"]["mlflow.artifactLocation"]
        assert location.startswith(f"mlflow-artifacts:/workspaces/{slug}/")


def test_prompts_and_datasets_name_their_new_experiment(adopted: Adopted) -> None:
    path = f"experiments/get-by-name?experiment_name={OPENED}-online"
    found = done(adopted.alice.mlflow(OPENED, "GET", path))["experiment"]["experiment_id"]
    prompt = done(adopted.alice.mlflow(OPENED, "GET", "registered-models/get?name=churn-prompt"))
    tags = {one["key"]: one["value"] for one in prompt["registered_model"]["tags"]}
    assert tags["_mlflow_experiment_ids"] == f",{found},"
    asked = {"experiment_ids": [found]}
    kept = done(v3(adopted.alice, OPENED, "POST", "datasets/search", asked))["datasets"]
    assert [one["name"] for one in kept] == ["churn-questions"]


def test_nobody_else_reads_any_of_it(adopted: Adopted) -> None:
    mallory, admin = (adopted.by.stack.person(name) for name in ("mallory", "admin"))
    for run, slug, _, _ in adopted.runs():
        for stranger in (mallory, admin):
            reply = stranger.mlflow(slug, "GET", f"runs/get?run_id={run}")
            assert reply.status == 404
            assert run.encode() not in reply.body
    for run, slug, _, uri in adopted.runs()[:5]:
        assert mallory.mlflow(OF_MALLORY, "GET", f"runs/get?run_id={run}").status == 404
        file = next(path for path in Path(uri).rglob("*.txt"))
        path = quote(f"workspaces/{slug}/1/{run}/artifacts/notes/{file.name}")
        assert mallory.ask("GET", artifact(OF_MALLORY, path)).status in (400, 404)


def test_a_run_of_one_project_is_not_in_the_other(adopted: Adopted) -> None:
    for run, slug, _, _ in adopted.runs():
        other = OPENED if slug != OPENED else adopted.existing
        assert adopted.alice.mlflow(other, "GET", f"runs/get?run_id={run}").status == 404


def test_a_viewer_of_the_project_reads_and_does_not_write(adopted: Adopted) -> None:
    carol = adopted.by.stack.person("carol")
    run = next(run for run, slug, _, _ in adopted.runs() if slug == adopted.existing)
    assert carol.mlflow(adopted.existing, "GET", f"runs/get?run_id={run}").status == 200
    body = {"run_id": run, "key": "k", "value": "v"}
    assert carol.mlflow(adopted.existing, "POST", "runs/set-tag", body).status == 403


def test_the_source_was_not_touched(adopted: Adopted) -> None:
    assert files_of(adopted.plain.folder) == adopted.source_before


def test_the_trail_names_what_was_adopted(adopted: Adopted) -> None:
    wanted = audit.Filter(operation="adopt.run")
    events = adopted.by.stack.database.read(
        lambda session: audit.page(session, wanted, before=None, limit=10)
    )
    assert {one.project for one in events} == {OPENED, adopted.existing}
    assert all("experiments" in one.target for one in events)


def test_the_same_command_once_more_changes_nothing(adopted: Adopted) -> None:
    before = adopted.by.picture()
    code, said = completed(adopted.by.here, "adopt", "run", adopted.plan)
    assert code == 0, said
    assert unlike(before, adopted.by.picture()) == []


def test_what_people_write_since_stops_an_undo_until_it_is_forced(adopted: Adopted) -> None:
    run = next(
        run for run, slug, stage, _ in adopted.runs() if slug == OPENED and stage == "active"
    )
    body = {"run_id": run, "key": "late", "value": "mine"}
    done(adopted.alice.mlflow(OPENED, "POST", "runs/set-tag", body))
    here = adopted.by.here
    assert completed(here, "adopt", "verify", adopted.plan)[0] == 0
    before = adopted.by.picture()
    code, said = completed(here, "adopt", "undo", adopted.plan)
    assert code == 1
    assert "late" in said
    assert unlike(before, adopted.by.picture()) == []
    code, said = completed(here, "adopt", "undo", adopted.plan, "--force")
    assert code == 0, said
    assert unlike(adopted.before, adopted.by.picture()) == []
    assert adopted.alice.mlflow(OPENED, "GET", f"runs/get?run_id={run}").status == 404
    assert files_of(adopted.plain.folder) == adopted.source_before

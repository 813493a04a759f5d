"""The experiments of each project are remembered, and only what changed is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from uac_api.proxy import experiment_ids
from uac_api.proxy.experiment_ids import SLACK_MS, ExperimentIds


class Project:
    """Experiments of one project in MLflow, and since when it was asked for changes."""

    def __init__(self, **changed_at: int) -> None:
        self.rows = {name: (moment, "active") for name, moment in changed_at.items()}
        self.asked: list[int] = []

    def __call__(self, since: int) -> list[dict[str, Any]]:
        self.asked.append(since)
        return [
            {"experiment_id": name[1:], "last_update_time": moment, "lifecycle_stage": stage}
            for name, (moment, stage) in self.rows.items()
            if moment >= since
        ]


def test_all_ids_are_asked_for_once_and_then_what_changed() -> None:
    known, project = ExperimentIds(), Project(e9=50_000, e10=60_000)
    assert known.of("fraud", project) == ["9", "10"]
    project.rows["e11"] = 60_001, "active"
    assert known.of("fraud", project) == ["9", "10", "11"]
    assert project.asked == [0, 60_000 - SLACK_MS]


def test_a_deleted_experiment_is_forgotten_and_a_restored_one_is_back() -> None:
    known, project = ExperimentIds(), Project(e1=1, e2=2)
    known.of("fraud", project)
    project.rows["e1"] = 3, "deleted"
    assert known.of("fraud", project) == ["2"]
    project.rows["e1"] = 4, "active"
    assert known.of("fraud", project) == ["1", "2"]


def test_a_further_page_knows_what_came_since_the_first_whichever_process_answers_it() -> None:
    one, other, project = ExperimentIds(), ExperimentIds(), Project(e1=1)
    assert one.of("fraud", project) == other.of("fraud", project) == ["1"]
    project.rows["e2"] = 2, "active"
    assert one.of("fraud", project) == other.of("fraud", project) == ["1", "2"]


def test_what_no_change_tells_is_known_after_a_minute() -> None:
    moment = [0.0]
    known, project = ExperimentIds(clock=lambda: moment[0]), Project(e1=50_000, e2=60_000)
    known.of("fraud", project)
    del project.rows["e1"]
    project.rows["e3"] = 7, "active"
    assert known.of("fraud", project) == ["1", "2"]
    moment[0] = experiment_ids.FULL_SECONDS
    assert known.of("fraud", project) == ["2", "3"]


def test_projects_are_kept_apart() -> None:
    known = ExperimentIds()
    assert known.of("fraud", Project(e1=1)) == ["1"]
    assert known.of("risk", Project(e2=1)) == ["2"]
    assert known.of("fraud", Project()) == ["1"], "nothing changed"


def test_only_so_many_projects_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_ids, "PROJECTS", 2)
    known, first = ExperimentIds(), Project(e1=1)
    known.of("a", first)
    for slug in ("b", "c"):
        known.of(slug, Project(e2=1))
    known.of("a", first)
    assert first.asked == [0, 0]

"""An unmodified mlflow client works through the proxy, and shows our sentences when refused."""

from __future__ import annotations

from typing import Any

import pytest

from content import done
from people import Person


@pytest.fixture(scope="session")
def trained(scripts: dict[str, Any]) -> Any:
    """What the training script saw; it had an address with a prefix and a token of alice's."""
    return scripts["prefix"].seen


def test_params_metrics_tags_and_history_come_back(trained: Any) -> None:
    run = trained["by hand"]
    assert run["params"] == {"depth": "3", "optimiser": "adam"}
    assert run["history"] == [1.0, 0.5, 1 / 3, 0.25, 0.2]
    assert (run["loss"], run["batch"]) == (0.2, 49.0)
    assert (run["tags"]["purpose"], run["tags"]["batch"]) == ("demonstration", "yes")
    assert run["status"] == "FINISHED"
    assert run["parent of child"] is True


def test_the_author_is_the_tokens_person_whatever_the_script_says(trained: Any) -> None:
    assert trained["by hand"]["user"] == "alice"
    assert trained["by hand"]["tags"]["mlflow.user"] == "alice"


def test_files_go_up_are_listed_and_come_down(trained: Any) -> None:
    assert trained["by hand"]["files"] == ["data.json", "notes"]
    assert trained["downloaded"] == "what was done"


def test_autolog_logs_params_metrics_and_the_model(trained: Any) -> None:
    assert trained["autolog"]["C"] == "0.5"
    assert trained["autolog"]["accuracy"] > 0.9
    assert trained["autolog"]["models"] == 1


def test_a_model_is_registered_promoted_and_loaded_back(trained: Any) -> None:
    assert trained["registry"] == {
        "same predictions": True,
        "same by uri": True,
        "signature": True,
        "version": "1",
        "run": True,
        "metric of the model": "accuracy",
        "found": ["iris-classifier"],
    }


def test_traces_are_logged_and_found(trained: Any) -> None:
    assert trained["traces"] == ["answer"]


def test_runs_are_found_by_their_metrics(trained: Any) -> None:
    assert trained["search"] == ["by hand"]


def test_what_the_script_logged_is_in_the_project_for_a_viewer(
    scripts: dict[str, Any], carol: Person
) -> None:
    slug = scripts["prefix"].slug
    listed = carol.studio("GET", f"/experiments?project={slug}").json["experiments"]
    assert [experiment["name"] for experiment in listed] == ["iris"]
    models = carol.studio("GET", f"/models?project={slug}").json["models"]
    assert [(model["name"], model["aliases"]) for model in models] == [
        ("iris-classifier", {"champion": "1"})
    ]


@pytest.mark.parametrize("way", ["header", "password", "token as password"])
def test_every_way_to_sign_in_and_to_name_the_project_works(
    scripts: dict[str, Any], bob: Person, way: str
) -> None:
    script = scripts[way]
    seen = script.seen
    assert (seen["user"], seen["accuracy"], seen["text"]) == ("bob", 0.9, "hello")
    assert seen["experiment"] == "Default"
    run = done(bob.mlflow(script.slug, "GET", f"runs/get?run_id={seen['run']}"))["run"]
    named = bob.mlflow(script.slug, "GET", "experiments/get-by-name?experiment_name=Default")
    assert run["info"]["experiment_id"] == done(named)["experiment"]["experiment_id"]


def test_a_contributor_may_register_but_not_promote_and_reads_why(
    scripts: dict[str, Any], bob: Person
) -> None:
    script = scripts["promote"]
    assert script.code != 0
    assert "PERMISSION_DENIED" in script.complained
    sentence = f"The role contributor in project '{script.slug}' does not include 'promote'."
    assert sentence in script.complained
    alias = bob.mlflow(script.slug, "GET", "registered-models/alias?name=taken&alias=champion")
    assert done(alias)["model_version"]["version"] == "1", "the alias has not moved"
    second = bob.mlflow(script.slug, "GET", "model-versions/get?name=taken&version=2")
    assert done(second)["model_version"]["version"] == "2", "the version is registered"

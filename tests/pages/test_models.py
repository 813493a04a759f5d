"""The page of all registered models."""

from laboratory import T0, Lab, Open, links, said
from studio_app.models import registry

pytest_plugins = ("laboratory",)


def test_a_member_sees_models_with_their_aliases(lab: Lab, open_page: Open) -> None:
    at = open_page("models", "carol", project=lab.project)
    assert lab.model in said(at).replace("\\", "")
    assert "@champion" in said(at)
    assert "latest version 2 by bob · changed" in said(at)
    assert ("model", f"project={lab.project}&model={lab.model}") in links(at)


def test_over_all_projects_a_model_has_its_project_champion_and_owner(
    lab: Lab, open_page: Open
) -> None:
    alice = lab.stack.person("alice")
    for alias in ("archived", "zoo"):
        registry.set_alias(lab.client("alice"), lab.project, lab.model, alias, "2")
    tag = {"name": lab.model, "key": "owner", "value": "Risk *team*"}
    assert alice.mlflow(lab.project, "POST", "registered-models/set-tag", tag).status == 200
    at = open_page("models", "carol")
    at.sidebar.selectbox[0].select("").run()
    at.text_input(key="models-search").set_value(lab.model).run()
    assert not at.exception
    assert f"{lab.project} · owner Risk \\*team\\* · latest version 2 by bob" in said(at)
    badges = next(str(one.value) for one in at.markdown if "@champion" in str(one.value))
    assert badges.index("@champion → 1") < badges.index("@archived → 2") < badges.index("@zoo → 2")


def test_a_stranger_sees_none(lab: Lab, open_page: Open) -> None:
    assert lab.model not in said(open_page("models", "mallory", project=lab.project))
    assert lab.model not in said(open_page("models", "mallory"))


def test_an_empty_project_says_what_to_do(project: str, open_page: Open) -> None:
    assert "No model yet" in said(open_page("models", "alice", project=project))


def test_the_search_says_when_nothing_is_found(lab: Lab, open_page: Open) -> None:
    at = open_page("models", "carol", project=lab.project)
    at.text_input(key="models-search").set_value("nowhere").run()
    assert "No model found" in said(at)


def log_model(lab: Lab, name: str) -> str:
    """The id of a model that bob's best run has logged, with a metric and a registered version."""
    bob = lab.stack.person("bob")
    body = {
        "experiment_id": lab.experiment_id,
        "name": name,
        "source_run_id": lab.best,
        "tags": [
            {"key": "mlflow.modelVersions", "value": f'[{{"name": "{lab.model}", "version": 2}}]'}
        ],
    }
    reply = bob.mlflow(lab.project, "POST", "logged-models", body)
    assert reply.status == 200, reply.body
    model_id = str(reply.json["model"]["info"]["model_id"])
    metric = {"run_id": lab.best, "key": "f1", "value": 0.75, "timestamp": T0, "step": 0}
    reply = bob.mlflow(lab.project, "POST", "runs/log-metric", metric | {"model_id": model_id})
    assert reply.status == 200, reply.body
    return model_id


def test_logged_models_are_listed_with_their_runs_and_versions(lab: Lab, open_page: Open) -> None:
    log_model(lab, "forest[0]")
    at = open_page("models", "carol", project=lab.project, kind="Logged")
    assert not at.exception
    for text in ("forest\\[0\\]", "from run sgd", "by bob", "f1 0.75", "pending"):
        assert text in said(at), text
    assert ("run", f"project={lab.project}&run_id={lab.best}&tab=Models") in links(at)
    assert ("model", f"project={lab.project}&model={lab.model}&version=2") in links(at)
    at.text_input(key="models-search").set_value("FOR' \\").run()
    assert "No logged model found" in said(at)
    at.text_input(key="models-search").set_value("FOR'\\").run()
    assert "forest" in said(at)


def test_logged_models_of_another_project_are_not_listed(lab: Lab, open_page: Open) -> None:
    log_model(lab, "forest")
    other = lab.stack.new_project()
    assert "No model logged yet" in said(open_page("models", "alice", project=other, kind="Logged"))
    assert "forest" not in said(open_page("models", "mallory", project=lab.project, kind="Logged"))
    assert "forest" not in said(open_page("models", "mallory", kind="Logged"))


def test_only_those_who_may_register_are_offered_a_new_model(lab: Lab, open_page: Open) -> None:
    def offered(username: str) -> list[str]:
        at = open_page("models", username, project=lab.project)
        return [button.label for button in at.main.button]

    assert "New model" in offered("bob")
    assert "New model" not in offered("carol")

"""A version of a registered model comes from its own project, whatever the source says."""

from __future__ import annotations

import pytest

from content import NO_CONTENT, Content, done, new_version
from people import Person

PROMPT = [
    {"key": "mlflow.prompt.is_prompt", "value": "true"},
    {"key": "mlflow.prompt.text", "value": "Summarise {{ text }}"},
]


def foreign_sources(c: Content) -> dict[str, dict[str, str]]:
    """Ways to name something that is not in one's own project."""
    root = "mlflow-artifacts:/workspaces"
    return {
        "run_id": {"source": "runs:/{run}/model", "run_id": c.run},
        "runId": {"source": "runs:/{run}/model", "runId": c.run},
        "model_id": {"source": "models:/{model}", "model_id": c.model},
        "modelId": {"source": "models:/{model}", "modelId": c.model},
        "foreign run": {"source": f"runs:/{c.run}/model", "run_id": "{run}"},
        "foreign run alone": {"source": f"runs:/{c.run}/model"},
        "foreign model": {"source": f"models:/{c.model}", "model_id": "{model}"},
        "foreign folder": {"source": f"{root}/{c.slug}/{c.experiment}", "run_id": "{run}"},
        "way out": {"source": f"{root}/{{slug}}/../{c.slug}/1", "run_id": "{run}"},
        "encoded way out": {"source": f"{root}/{{slug}}/%2e%2e/{c.slug}", "run_id": "{run}"},
        "way out of a run": {"source": f"runs:/{{run}}/../../../{c.slug}", "run_id": "{run}"},
        "backslash": {"source": f"runs:/{{run}}\\..\\{c.run}", "run_id": "{run}"},
        "line break": {"source": f"{root[:-3]}\nces/{c.slug}/1", "run_id": "{run}"},
        "host": {"source": f"mlflow-artifacts://h/workspaces/{c.slug}", "run_id": "{run}"},
        "s3": {"source": "s3://bucket/model", "run_id": "{run}"},
        "gs": {"source": "gs://bucket/model"},
        "file": {"source": "file:///etc"},
        "path": {"source": "/etc"},
        "http": {"source": "http://169.254.169.254/latest/meta-data"},
        "capitals": {"source": "S3://bucket/model"},
        "dbfs": {"source": "dbfs:/databricks"},
        "empty": {"source": ""},
        "none": {},
        "query": {"source": "runs:/{run}/model?x=1", "run_id": "{run}"},
    }


@pytest.mark.parametrize("way", foreign_sources(NO_CONTENT))
def test_a_version_does_not_come_from_elsewhere(
    erin: Person, filled: Content, own: Content, way: str
) -> None:
    places = {"run": own.run, "model": own.model, "slug": own.slug}
    fields = {name: text.format(**places) for name, text in foreign_sources(filled)[way].items()}
    before = done(erin.mlflow(own.slug, "GET", "model-versions/search"))["model_versions"]
    assert new_version(erin, own.slug, own.registered, **fields).status == 400
    after = done(erin.mlflow(own.slug, "GET", "model-versions/search"))["model_versions"]
    assert after == before


def test_a_version_comes_from_the_projects_own_run_model_or_version(
    erin: Person, own: Content
) -> None:
    for fields in (
        {"source": f"runs:/{own.run}/model", "run_id": own.run},
        {"source": f"models:/{own.model}", "model_id": own.model},
        {"source": f"models:/{own.registered}/1"},
        {"source": f"mlflow-artifacts:/{own.artifacts}/model", "run_id": own.run},
        {"source": "dummy-source", "tags": PROMPT},
    ):
        done(new_version(erin, own.slug, own.registered, **fields))

"""What a version was made of."""

from typing import Any

import pandas as pd

from studio_app.models import lineage
from studio_app.models.version_record import VersionRecord
from studio_app.runs.tracking import Run

RUN = {"project": "fraud", "run_id": "1f2e"}


def made_run(**more: Any) -> Run:
    """A run with what a test says of it."""
    given: dict[str, Any] = {"tags": {}, "datasets": [], **more}
    info = {"run_id": "1f2e", "run_name": "sgd"}
    return Run(info=info, metrics=pd.DataFrame(), params={}, **given)


def of(run: Run | None, logged: Any = None) -> VersionRecord:
    """A version of a run and a logged model."""
    return VersionRecord("1", "", run, logged, None, None, "")


def data(name: str) -> dict[str, str]:
    """A dataset as a run names it."""
    return {"name": name, "digest": "0123456789"}


def test_a_version_leads_back_to_its_model_run_data_and_code() -> None:
    tags = {"mlflow.source.git.commit": "abcdef0123456789", "mlflow.source.name": "/src/train.py"}
    found = lineage.steps(
        "fraud", "1f2e", of(made_run(tags=tags, datasets=[data("train")]), {"name": "forest"})
    )
    assert [step.label for step in found] == [
        "Logged model forest",
        "Run sgd",
        "Data train 01234567",
        "Code train.py abcdef01",
    ]
    assert [step.params for step in found] == [RUN | {"tab": "Models"}, RUN, RUN, RUN]


def test_of_many_datasets_the_first_are_named_and_the_others_counted() -> None:
    run = made_run(datasets=[data(f"part-{number}") for number in range(5)])
    labels = [step.label for step in lineage.steps("fraud", "1f2e", of(run))]
    assert labels == ["Run sgd", *(f"Data part-{n} 01234567" for n in range(3)), "2 more"]


def test_a_run_that_is_gone_is_said_to_be_and_leads_nowhere() -> None:
    (step,) = lineage.steps("fraud", "1f2e", of(None))
    assert (step.label, step.params) == ("Run is gone", None)
    assert lineage.steps("fraud", "", of(None)) == []

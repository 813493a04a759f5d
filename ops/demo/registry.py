"""The demo registers the models of its runs, and people of the right role give them aliases."""

from dataclasses import dataclass

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from ops.demo import demand, fraud
from ops.demo.cast import AMELIA, BEN, CHIARA, DEEPAK, DEMAND, FRAUD
from ops.demo.tracking import Studio


@dataclass(frozen=True)
class Version:
    """One version: who registers the model of which run, and the aliases it gets."""

    author: str
    experiment: str
    run_name: str
    description: str
    alias: str | None = None


@dataclass(frozen=True)
class RegisteredModel:
    """A model with its versions in order; `promoter` has a role that may set aliases."""

    project: str
    name: str
    description: str
    promoter: str
    versions: tuple[Version, ...]


MODELS = (
    RegisteredModel(
        FRAUD,
        fraud.MODEL,
        "Says whether a payment should be looked at by a person.",
        BEN,
        (
            Version(AMELIA, fraud.BASELINES, "logistic-plain", "The baseline.", "baseline"),
            Version(BEN, fraud.FOREST, "forest-grid-search", "Best forest.", "champion"),
            Version(CHIARA, fraud.BASELINES, "support-vectors", "Fewer alarms.", "challenger"),
        ),
    ),
    RegisteredModel(
        DEMAND,
        demand.MODEL,
        "Forecasts the sales of a shop for the next quarter.",
        CHIARA,
        (
            Version(DEEPAK, demand.LINEAR, "ridge-0.1", "Simple and steady.", "champion"),
            Version(DEEPAK, demand.BOOSTING, "boosting-grid-search", "Boosted.", "challenger"),
        ),
    ),
)


def register(studio: Studio, model: RegisteredModel) -> int:
    """Register what is missing of the model; how many versions that were."""
    studio.become(model.promoter, model.project)
    present = len(_versions(model.name))
    for number, version in enumerate(model.versions, start=1):
        if number > present:
            studio.become(version.author, model.project)
            _create(model, version)
        studio.become(model.promoter, model.project)
        if version.alias is not None and version.alias not in _aliases(model.name):
            MlflowClient().set_registered_model_alias(model.name, version.alias, str(number))
    return max(0, len(model.versions) - present)


def _create(model: RegisteredModel, version: Version) -> None:
    client = MlflowClient()
    experiment = client.get_experiment_by_name(version.experiment)
    if experiment is None:
        raise RuntimeError(f"The experiment {version.experiment} is missing.")
    try:
        client.create_registered_model(model.name, description=model.description)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    run = client.search_runs(
        [experiment.experiment_id], f"attributes.run_name = '{version.run_name}'", max_results=1
    )[0]
    logged = run.outputs.model_outputs[0].model_id
    client.create_model_version(
        model.name,
        f"models:/{logged}",
        run.info.run_id,
        description=version.description,
        model_id=logged,
    )


def _versions(name: str) -> list[str]:
    found = MlflowClient().search_model_versions(f"name = '{name}'")
    return [str(version.version) for version in found]


def _aliases(name: str) -> dict[str, str]:
    return dict(MlflowClient().get_registered_model(name).aliases)

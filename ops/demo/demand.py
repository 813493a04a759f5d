"""What the people of the project Demand forecast train."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import mlflow
import numpy as np
from mlflow.models import infer_signature
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import ElasticNet, HuberRegressor, Lasso, Ridge
from sklearn.metrics import (
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    silhouette_score,
)
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from ops.demo import pictures
from ops.demo.cast import BEN, CHIARA, DEEPAK, DEMAND
from ops.demo.tracking import Step, fail, log_histories

LINEAR, BOOSTING, GROUPS = "shop-demand-linear", "shop-demand-boosting", "product-groups"
MODEL = "shop-demand-regressor"
REQUIREMENTS = ["scikit-learn", "pandas", "skops"]


@cache
def _sales() -> list[Any]:
    data = load_diabetes(as_frame=True)
    return list(train_test_split(data.data, data.target, test_size=0.3, random_state=4))


def _errors(truth: Any, guesses: Any) -> dict[str, float]:
    return {
        "rmse": float(np.sqrt(mean_squared_error(truth, guesses))),
        "mae": float(mean_absolute_error(truth, guesses)),
        "r2": float(r2_score(truth, guesses)),
    }


def _log_model(model: Any, features: Any) -> None:
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(features, model.predict(features)),
        input_example=features.head(3),
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=["sklearn.tree._tree.Tree"],
    )


def _linear(model: Any, *, keep_model: bool = False, gaps: bool = False) -> None:
    train, test, train_truth, truth = _sales()
    mlflow.log_params({"model": type(model).__name__, "alpha": model.alpha})
    mlflow.log_input(mlflow.data.from_pandas(train, name="shop-sales-q3"), context="training")
    if gaps:
        train = train.mask(train > train.quantile(0.99))
    try:
        guesses = model.fit(train, train_truth).predict(test)
    except ValueError as error:
        raise fail(error) from error
    mlflow.log_metrics(_errors(truth, guesses))
    pictures.residuals(truth.to_numpy(), guesses)
    if keep_model:
        _log_model(model, test)


def _boosting(rate: float, depth: int) -> None:
    train, test, train_truth, truth = _sales()
    model = GradientBoostingRegressor(
        n_estimators=200, learning_rate=rate, max_depth=depth, subsample=0.7, random_state=8
    ).fit(train, train_truth)
    mlflow.log_params(
        {
            "model": "GradientBoostingRegressor",
            "learning_rate": rate,
            "max_depth": depth,
            "n_estimators": 200,
        }
    )
    stages = {"train": (train, train_truth), "validation": (test, truth)}
    log_histories(
        {
            f"{name}_rmse": [
                float(np.sqrt(mean_squared_error(actual, guesses)))
                for guesses in model.staged_predict(features)
            ]
            for name, (features, actual) in stages.items()
        }
    )
    mlflow.log_metrics(_errors(truth, model.predict(test)))
    pictures.importances(list(train.columns), model.feature_importances_)
    pictures.residuals(truth.to_numpy(), model.predict(test))


def _boosting_search() -> None:
    train, test, train_truth, truth = _sales()
    best: tuple[float, Any] | None = None
    for depth, leaf in ((1, 5), (2, 5), (2, 20), (3, 20), (4, 40)):
        with mlflow.start_run(run_name=f"depth-{depth}-leaf-{leaf}", nested=True):
            model = GradientBoostingRegressor(
                max_depth=depth, min_samples_leaf=leaf, learning_rate=0.05, random_state=8
            ).fit(train, train_truth)
            errors = _errors(truth, model.predict(test))
            mlflow.log_params({"max_depth": depth, "min_samples_leaf": leaf})
            mlflow.log_metrics(errors)
        if best is None or errors["rmse"] < best[0]:
            best = (errors["rmse"], model)
    if best is None:
        return
    mlflow.log_params({"model": "GradientBoostingRegressor", "searched": 5})
    mlflow.log_metrics(_errors(truth, best[1].predict(test)))
    _log_model(best[1], test)


def _groups(count: int) -> None:
    features = StandardScaler().fit_transform(load_wine().data)
    model = KMeans(count, n_init=5, random_state=6).fit(features)
    mlflow.log_params({"model": "KMeans", "n_clusters": count})
    mlflow.log_metrics(
        {
            "silhouette": float(silhouette_score(features, model.labels_)),
            "inertia": float(model.inertia_),
        }
    )
    sizes = np.bincount(model.labels_).tolist()
    mlflow.log_table({"group": list(range(count)), "products": sizes}, "groups.json")


def _step(author: str, experiment: str, name: str, stage: str, work: Callable[[], None]) -> Step:
    return Step(DEMAND, author, experiment, name, work, {"stage": stage, "team": "retail"})


def steps() -> Iterator[Step]:
    """The runs of this project, in the order they are made."""
    linear = [
        (DEEPAK, "ridge-0.1", Ridge(alpha=0.1), True),
        (DEEPAK, "ridge-1", Ridge(alpha=1), False),
        (DEEPAK, "ridge-10", Ridge(alpha=10), False),
        (CHIARA, "lasso-0.1", Lasso(alpha=0.1), False),
        (CHIARA, "lasso-1", Lasso(alpha=1), False),
        (BEN, "elastic-0.01", ElasticNet(alpha=0.01), False),
        (BEN, "huber", HuberRegressor(alpha=0.01, max_iter=500), False),
    ]
    for who, name, model, keep in linear:
        yield _step(who, LINEAR, name, "baseline", partial(_linear, model, keep_model=keep))
    gaps = partial(_linear, Ridge(alpha=0.5), gaps=True)
    yield _step(BEN, LINEAR, "ridge-data-with-gaps", "baseline", gaps)
    for rate, depth in ((0.02, 3), (0.05, 3), (0.1, 2), (0.5, 4)):
        name = f"boosting-rate-{rate:g}-depth-{depth}"
        yield _step(CHIARA, BOOSTING, name, "tuning", partial(_boosting, rate, depth))
    yield _step(DEEPAK, BOOSTING, "boosting-grid-search", "search", _boosting_search)
    for count in (2, 3, 4):
        yield _step(BEN, GROUPS, f"groups-of-{count}", "exploration", partial(_groups, count))

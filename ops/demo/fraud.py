"""What the people of the project Fraud detection train."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from ops.demo import pictures
from ops.demo.cast import AMELIA, BEN, CHIARA, FRAUD
from ops.demo.tracking import Step, fail, log_histories

BASELINES, FOREST, ONLINE, RECEIPTS = (
    "card-fraud-baselines",
    "card-fraud-forest",
    "card-fraud-online",
    "receipt-digits",
)
MODEL = "card-fraud-classifier"
LABELS = ["fraud", "genuine"]
TRAIN_STEPS = 200
IMAGE_EVERY = 40
REQUIREMENTS = ["scikit-learn", "pandas", "skops"]
# skops loads only types it knows to be harmless; these are scikit-learn's own.
SKOPS_TYPES = [
    "sklearn.tree._tree.Tree",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
]


@cache
def _payments() -> list[Any]:
    data = load_breast_cancer(as_frame=True)
    return list(train_test_split(data.data, data.target, test_size=0.3, random_state=7))


@cache
def _digits() -> list[Any]:
    data = load_digits()
    return list(train_test_split(data.data, data.target, test_size=0.4, random_state=3))


def _scores(model: Any, features: Any, truth: Any) -> dict[str, float]:
    chance = model.predict_proba(features)
    guesses = model.predict(features)
    return {
        "accuracy": float(accuracy_score(truth, guesses)),
        "f1": float(f1_score(truth, guesses)),
        "roc_auc": float(roc_auc_score(truth, chance[:, 1])),
        "log_loss": float(log_loss(truth, chance)),
    }


def _baseline(model: Any, parameters: dict[str, Any], *, keep_model: bool = False) -> None:
    train, test, train_truth, truth = _payments()
    mlflow.log_params({"model": type(model).__name__, "test_size": 0.3, **parameters})
    dataset = mlflow.data.from_pandas(train.assign(genuine=train_truth), name="payments-2026-09")
    mlflow.log_input(dataset, context="training")
    pipeline = make_pipeline(StandardScaler(), model)
    try:
        pipeline.fit(train, train_truth)
    except ValueError as error:
        raise fail(error) from error
    mlflow.log_metrics(_scores(pipeline, test, truth))
    guesses = pipeline.predict(test)
    pictures.confusion_matrix(truth.to_numpy(), guesses, LABELS)
    pictures.roc_curve(truth.to_numpy(), pipeline.predict_proba(test)[:, 1])
    pictures.html_report(f"{type(model).__name__} on held-out payments", truth, guesses, LABELS)
    if keep_model:
        _log_model(pipeline, test)


def _log_model(model: Any, features: pd.DataFrame) -> None:
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(features, model.predict(features)),
        input_example=features.head(3),
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=SKOPS_TYPES,
    )


def _forest_search() -> None:
    train, test, train_truth, truth = _payments()
    best: tuple[float, Any, dict[str, int]] | None = None
    for trees in (20, 60, 120):
        for depth in (2, 4, 8):
            parameters = {"n_estimators": trees, "max_depth": depth}
            with mlflow.start_run(run_name=f"trees-{trees}-depth-{depth}", nested=True):
                model = RandomForestClassifier(**parameters, random_state=1, n_jobs=1)
                model.fit(train, train_truth)
                scores = _scores(model, test, truth)
                mlflow.log_params({"model": "RandomForestClassifier", **parameters})
                mlflow.log_metrics(scores)
            if best is None or scores["roc_auc"] > best[0]:
                best = (scores["roc_auc"], model, parameters)
    if best is None:
        return
    mlflow.log_params({"model": "RandomForestClassifier", "searched": 9})
    mlflow.log_params({f"best_{name}": value for name, value in best[2].items()})
    mlflow.log_metrics(_scores(best[1], test, truth))
    pictures.importances(list(train.columns), best[1].feature_importances_)
    pictures.confusion_matrix(truth.to_numpy(), best[1].predict(test), LABELS)
    _log_model(best[1], test)


def _online(rate: float, penalty: float) -> None:
    train, test, train_truth, truth = _payments()
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    model = SGDClassifier(
        loss="log_loss", learning_rate="constant", eta0=rate, alpha=penalty, random_state=5
    )
    mlflow.log_params(
        {"model": "SGDClassifier", "learning_rate": rate, "alpha": penalty, "steps": TRAIN_STEPS}
    )
    generator = np.random.default_rng(11)
    history: dict[str, list[float]] = {"train_loss": [], "validation_loss": [], "accuracy": []}
    for step in range(TRAIN_STEPS):
        batch = generator.choice(len(train), size=16, replace=False)
        model.partial_fit(train[batch], train_truth.to_numpy()[batch], classes=[0, 1])
        history["train_loss"].append(log_loss(train_truth, model.predict_proba(train)))
        history["validation_loss"].append(log_loss(truth, model.predict_proba(test)))
        history["accuracy"].append(accuracy_score(truth, model.predict(test)))
        if step % IMAGE_EVERY == 0:
            pictures.confusion_at_step(truth.to_numpy(), model.predict(test), LABELS, step)
    log_histories(history)
    mlflow.log_text(_training_log(history), "logs/train.log")
    mlflow.log_metric("f1", float(f1_score(truth, model.predict(test))))
    pictures.confusion_matrix(truth.to_numpy(), model.predict(test), LABELS)


def _training_log(history: Mapping[str, Sequence[float]]) -> str:
    """What a script prints while it trains, with the colours of a terminal."""
    lines = []
    for step in range(0, TRAIN_STEPS, 10):
        values = " ".join(f"{name}={values[step]:.4f}" for name, values in history.items())
        lines.append(f"\x1b[32mINFO\x1b[0m    step {step:>4} {values}")
        if step and history["validation_loss"][step] > history["validation_loss"][step - 10]:
            lines.append(f"\x1b[33mWARNING\x1b[0m step {step:>4} the validation loss went up")
    return "\n".join([*lines, ""])


def _receipts(model: Any, parameters: dict[str, Any]) -> None:
    train, test, train_truth, truth = _digits()
    mlflow.log_params({"model": type(model).__name__, **parameters})
    try:
        guesses = model.fit(train, train_truth).predict(test)
    except ValueError as error:
        raise fail(error) from error
    mlflow.log_metrics(
        {
            "accuracy": float(accuracy_score(truth, guesses)),
            "f1_macro": float(f1_score(truth, guesses, average="macro")),
        }
    )
    labels = [str(digit) for digit in range(10)]
    pictures.confusion_matrix(truth, guesses, labels)
    pictures.html_report(f"{type(model).__name__} reads receipts", truth, guesses, labels)


def _step(author: str, experiment: str, name: str, stage: str, work: Callable[[], None]) -> Step:
    return Step(FRAUD, author, experiment, name, work, {"stage": stage, "team": "payments"})


def steps() -> list[Step]:
    """The runs of this project, in the order they are made."""
    logistic = partial(LogisticRegression, max_iter=2000)
    calibrated = CalibratedClassifierCV(SVC(), ensemble=False)
    baselines: list[tuple[str, str, Any, dict[str, Any], bool]] = [
        (AMELIA, "logistic-plain", logistic(), {"C": 1.0}, True),
        (AMELIA, "logistic-strong-penalty", logistic(C=0.02), {"C": 0.02}, False),
        (BEN, "naive-bayes", GaussianNB(), {}, False),
        (BEN, "nearest-15", KNeighborsClassifier(15), {"n_neighbors": 15}, False),
        (CHIARA, "single-tree", DecisionTreeClassifier(max_depth=4), {"max_depth": 4}, False),
        (CHIARA, "support-vectors", calibrated, {"C": 1.0, "kernel": "rbf"}, True),
        # lbfgs knows no l1 penalty: scikit-learn itself refuses this one.
        (
            CHIARA,
            "logistic-l1-lbfgs",
            logistic(l1_ratio=1, solver="lbfgs"),
            {"penalty": "l1", "solver": "lbfgs"},
            False,
        ),
    ]
    online = [(0.0005, 1e-4), (0.005, 1e-4), (0.05, 1e-3), (1.0, 1e-4)]
    receipts: list[tuple[str, str, Any, dict[str, Any]]] = [
        (BEN, "digits-nearest-3", KNeighborsClassifier(3), {"n_neighbors": 3}),
        (BEN, "digits-forest", RandomForestClassifier(80, random_state=2), {"n_estimators": 80}),
        (AMELIA, "digits-support-vectors", SVC(gamma=0.001, C=10), {"C": 10, "gamma": 0.001}),
        (AMELIA, "digits-wrong-gamma", SVC(gamma=-1.0), {"gamma": -1.0}),
    ]
    return [
        *(
            _step(who, BASELINES, name, "baseline", partial(_baseline, model, p, keep_model=keep))
            for who, name, model, p, keep in baselines
        ),
        _step(BEN, FOREST, "forest-grid-search", "search", _forest_search),
        *(
            _step(CHIARA, ONLINE, f"sgd-rate-{rate:g}", "tuning", partial(_online, rate, alpha))
            for rate, alpha in online
        ),
        *(
            _step(who, RECEIPTS, name, "side project", partial(_receipts, model, parameters))
            for who, name, model, parameters in receipts
        ),
    ]

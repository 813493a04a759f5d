"""Figures, tables and reports that a trained model leaves beside its numbers."""

import io
from html import escape

import matplotlib as mpl
import mlflow
import numpy as np
import pandas as pd
from PIL import Image
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, classification_report

mpl.use("Agg")

from matplotlib import pyplot as plt

REPORT_STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2rem;max-width:46rem}"
    "table{border-collapse:collapse}td,th{padding:.35rem .8rem;border-bottom:1px solid #ccc;"
    "text-align:right}th:first-child,td:first-child{text-align:left}"
)


def confusion_matrix(truth: np.ndarray, guesses: np.ndarray, labels: list[str]) -> None:
    """Log `plots/confusion_matrix.png`."""
    figure, axes = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(
        truth, guesses, display_labels=labels, cmap="Blues", ax=axes, colorbar=len(labels) > 2
    )
    mlflow.log_figure(figure, "plots/confusion_matrix.png")
    plt.close(figure)


def confusion_at_step(truth: np.ndarray, guesses: np.ndarray, labels: list[str], step: int) -> None:
    """Log the confusion matrix as it is at a step of the training."""
    figure, axes = plt.subplots(figsize=(4, 3.4), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(
        truth, guesses, display_labels=labels, cmap="Blues", ax=axes, colorbar=False
    )
    axes.set_title(f"step {step}")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    with Image.open(file) as image:
        mlflow.log_image(image, key="confusion matrix", step=step, synchronous=True)


def roc_curve(truth: np.ndarray, scores: np.ndarray) -> None:
    """Log `plots/roc_curve.png`."""
    figure, axes = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
    RocCurveDisplay.from_predictions(truth, scores, ax=axes, plot_chance_level=True)
    mlflow.log_figure(figure, "plots/roc_curve.png")
    plt.close(figure)


def residuals(truth: np.ndarray, guesses: np.ndarray) -> None:
    """Log `plots/residuals.png` and the table `predictions.csv`."""
    figure, axes = plt.subplots(figsize=(5.6, 4.2), layout="constrained")
    axes.scatter(guesses, truth - guesses, s=18, alpha=0.7)
    axes.axhline(0, color="#888", linewidth=1)
    axes.set(xlabel="forecast", ylabel="actual - forecast", title="Residuals")
    mlflow.log_figure(figure, "plots/residuals.png")
    plt.close(figure)
    table = pd.DataFrame({"actual": truth, "forecast": guesses.round(2)})
    mlflow.log_text(table.to_csv(index=False), "predictions.csv")


def importances(names: list[str], values: np.ndarray) -> None:
    """Log `plots/importances.png` and the same numbers in `importances.json`."""
    order = np.argsort(values)[-10:]
    figure, axes = plt.subplots(figsize=(6, 4.2), layout="constrained")
    axes.barh([names[i] for i in order], values[order])
    axes.set(title="What the model looks at", xlabel="importance")
    mlflow.log_figure(figure, "plots/importances.png")
    plt.close(figure)
    mlflow.log_dict({names[i]: float(values[i]) for i in reversed(order)}, "importances.json")


def html_report(title: str, truth: np.ndarray, guesses: np.ndarray, labels: list[str]) -> None:
    """Log `report.html`: precision, recall and F1 of every class."""
    report = classification_report(
        truth, guesses, target_names=labels, output_dict=True, zero_division=0
    )
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{row[key]:.3f}</td>" for key in ("precision", "recall", "f1-score"))
        + f"<td>{row['support']:.0f}</td></tr>"
        for name, row in report.items()
        if isinstance(row, dict)
    )
    mlflow.log_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{REPORT_STYLE}</style><h1>{escape(title)}</h1>"
        f"<p>Accuracy on held-out data: <b>{report['accuracy']:.3f}</b></p><table>"
        "<tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th>count</th></tr>"
        f"{rows}</table></html>",
        "report.html",
    )

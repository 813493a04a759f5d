"""Traces of a small program that explains alarms, among them one that went wrong."""

import time
from typing import Any

import mlflow
from mlflow.tracking import MlflowClient

from ops.demo.cast import BEN, FRAUD
from ops.demo.tracking import Studio

EXPERIMENT = "alarm-explainer"
QUESTIONS = (
    "Why was payment 4711 stopped?",
    "Which payments of shop 12 look alike?",
    "Is a payment from a new phone suspicious?",
    "What changed since last Friday?",
    "Explain payment 9000",
)


def _find_payments(question: str) -> list[dict[str, Any]]:
    with mlflow.start_span("find payments", span_type="RETRIEVER") as span:
        span.set_inputs({"question": question})
        time.sleep(0.02)
        if "9000" in question:
            raise LookupError("There is no payment 9000.")
        found = [{"payment": 4700 + len(question), "amount": 12.5 * len(question)}]
        span.set_outputs(found)
    return found


def _risk(payments: list[dict[str, Any]]) -> float:
    with mlflow.start_span("score", span_type="TOOL") as span:
        span.set_inputs({"payments": payments})
        time.sleep(0.01)
        risk = min(0.99, float(payments[0]["amount"]) / 600)
        span.set_outputs({"risk": risk})
    return risk


def explain(question: str) -> str:
    """Answer a question about an alarm."""
    with mlflow.start_span("explain", span_type="CHAIN") as span:
        span.set_inputs({"question": question})
        payments = _find_payments(question)
        answer = f"{len(payments)} payment looked at, risk {_risk(payments):.2f}."
        span.set_outputs({"answer": answer})
    return answer


def leave_traces(studio: Studio) -> int:
    """Ask all questions, unless there are answers already; how many traces that made."""
    studio.become(BEN, FRAUD)
    experiment = mlflow.set_experiment(EXPERIMENT)
    if MlflowClient().search_traces(locations=[experiment.experiment_id], max_results=1):
        return 0
    for question in QUESTIONS:
        try:
            explain(question)
        except LookupError:
            # This trace is there to be seen as failed.
            continue
    mlflow.flush_trace_async_logging()
    return len(QUESTIONS)

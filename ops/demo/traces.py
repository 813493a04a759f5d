"""Traces of a small program that explains alarms: conversations, tools, a model, one failure."""

import time
from collections.abc import Sequence
from typing import Any

import mlflow
from mlflow.entities import AssessmentSource, AssessmentSourceType
from mlflow.tracking import MlflowClient

from ops.demo.cast import BEN, FRAUD
from ops.demo.prompts import EXPLAIN
from ops.demo.tracking import Studio

EXPERIMENT = "alarm-explainer"

# What was asked in one conversation after the other, and whether a person found the answer right.
CONVERSATIONS: Sequence[tuple[str, Sequence[tuple[str, bool | None]]]] = (
    (
        "shop 12, Monday",
        (
            ("Why was payment 4711 stopped?", True),
            ("Which payments of shop 12 look alike?", True),
            ("Is a payment from a new phone suspicious?", False),
        ),
    ),
    ("night shift", (("What changed since last Friday?", None), ("Explain payment 9000", None))),
)


def _find_payments(question: str) -> list[dict[str, Any]]:
    with mlflow.start_span("find payments", span_type="RETRIEVER") as span:
        span.set_inputs({"question": question, "index": "payments-2026"})
        with mlflow.start_span("embed the question", span_type="EMBEDDING") as embedding:
            embedding.set_inputs({"text": question})
            time.sleep(0.004)
            embedding.set_outputs({"dimensions": 384})
        time.sleep(0.02)
        if "9000" in question:
            raise LookupError("There is no payment 9000.")
        found = [
            {"payment": 4700 + len(question) + more, "amount": 12.5 * len(question) - more}
            for more in range(3)
        ]
        span.set_outputs(found)
    return found


def _risk(payments: list[dict[str, Any]]) -> float:
    with mlflow.start_span("score", span_type="TOOL") as span:
        span.set_inputs({"payments": payments, "model": "models:/fraud-scorer@champion"})
        time.sleep(0.01)
        risk = min(0.99, float(payments[0]["amount"]) / 600)
        span.set_outputs({"risk": risk})
    return risk


def _write(question: str, payments: list[dict[str, Any]], risk: float) -> str:
    with mlflow.start_span("write the answer", span_type="CHAT_MODEL") as span:
        # Loading it within a trace notes there which version the answer came from.
        prompt = mlflow.genai.load_prompt(f"prompts:/{EXPLAIN}@production")
        messages: list[dict[str, Any]] = prompt.format(
            question=question, payments=payments, risk=f"{risk:.2f}"
        )
        span.set_inputs({"messages": messages, "temperature": 0.2})
        time.sleep(0.06 + len(question) / 1000)
        answer = f"{len(payments)} payments looked at, risk {risk:.2f}."
        read, written = sum(len(one["content"]) for one in messages) // 4, len(answer) // 4
        span.set_outputs({"role": "assistant", "content": answer})
        span.set_attribute(
            "mlflow.chat.tokenUsage",
            {"input_tokens": read, "output_tokens": written, "total_tokens": read + written},
        )
    return answer


def explain(question: str, conversation: str) -> str:
    """Answer a question about an alarm."""
    with mlflow.start_span("explain", span_type="AGENT") as span:
        span.set_inputs({"question": question})
        mlflow.update_current_trace(
            metadata={"mlflow.trace.session": conversation, "mlflow.trace.user": "clerk-7"},
            tags={"environment": "production"},
        )
        payments = _find_payments(question)
        answer = _write(question, payments, _risk(payments))
        span.set_outputs({"answer": answer})
    return answer


def leave_traces(studio: Studio) -> int:
    """Ask all questions, unless there are answers already; how many traces that made."""
    studio.become(BEN, FRAUD)
    experiment = mlflow.set_experiment(EXPERIMENT)
    if MlflowClient().search_traces(locations=[experiment.experiment_id], max_results=1):
        return 0
    judged: dict[str, bool] = {}
    asked = 0
    for conversation, questions in CONVERSATIONS:
        for question, right in questions:
            asked += 1
            try:
                explain(question, conversation)
            except LookupError:
                # This trace is there to be seen as failed.
                continue
            trace_id = mlflow.get_last_active_trace_id()
            if right is not None and trace_id is not None:
                judged[trace_id] = right
    mlflow.flush_trace_async_logging()
    for trace_id, right in judged.items():
        mlflow.log_feedback(
            trace_id=trace_id,
            name="correct",
            value=right,
            rationale="" if right else "A new phone alone is no reason to stop a payment.",
            source=AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id=BEN),
        )
    return asked

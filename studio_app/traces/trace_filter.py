"""The filter of the page of traces: its fields and a written filter as one sentence."""

from dataclasses import dataclass

from studio_app.models.registry import quoted
from studio_app.traces.traces import SESSION, STATES

# How far back the list goes, in hours, by what the address says.
SINCE = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}
SINCE_NAMES = {
    "": "Any time",
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}

EXAMPLES = (
    ("attributes.execution_time_ms > 2000", "slower than two seconds"),
    ("attributes.status = 'ERROR'", "those that failed"),
    ("tags.environment = 'production'", "by a tag"),
    ("metadata.`mlflow.trace.user` = 'alice'", "of one user of the application"),
    ("feedback.correct = 'true'", "by what people or judges said"),
    ("span.name = 'search'", "with a span of this name"),
)


@dataclass(frozen=True)
class TraceFilter:
    """What the person asked for; empty fields ask for nothing.

    `query` is a part of the name, `since` milliseconds since 1970 (0 for any time), `prompt` a
    version of a prompt, as `greeting/3`.
    """

    query: str = ""
    state: str = ""
    since: int = 0
    session: str = ""
    run_id: str = ""
    prompt: str = ""
    written: str = ""

    @property
    def empty(self) -> bool:
        """True when every trace passes."""
        return self == TraceFilter()

    def sentence(self) -> str:
        """The filter in MLflow's language for traces, which joins its parts by AND only."""
        parts = []
        if self.state in STATES:
            parts.append(f"attributes.status = '{self.state}'")
        if self.since:
            parts.append(f"attributes.timestamp_ms >= {self.since}")
        if self.session:
            parts.append(f"metadata.`{SESSION}` = {quoted(self.session)}")
        if self.run_id:
            parts.append(f"attributes.run_id = {quoted(self.run_id)}")
        if self.prompt:
            parts.append(f"attributes.prompt = {quoted(self.prompt)}")
        if self.written.strip():
            parts.append(self.written.strip())
        return " AND ".join(parts)

"""The filter of the runs page: a simple form and MLflow's own language, as one sentence."""

from dataclasses import dataclass

from studio_app.registry import quoted
from studio_app.run_frames import PARENT
from studio_app.tracking import STATUSES

EXAMPLES = (
    ("metrics.accuracy > 0.9", "a metric's latest value"),
    ("params.optimizer = 'sgd'", "a param; the value is always a text"),
    ("metrics.`test/auc` >= 0.8 AND tags.team = 'risk'", "names with signs need backticks"),
    ("attributes.run_name ILIKE '%forest%'", "part of the name, in any case"),
    ("tags.`mlflow.user` = 'alice'", "who logged it"),
    ("datasets.name = 'breast-cancer'", "what it was trained on"),
)


@dataclass(frozen=True)
class RunFilter:
    """What the person asked for; empty fields ask for nothing."""

    name: str = ""
    status: str = ""
    written: str = ""
    top_level: bool = False

    @property
    def empty(self) -> bool:
        """True when every run passes."""
        return not (self.name or self.status or self.written.strip() or self.top_level)

    def sentence(self) -> str:
        """The filter in MLflow's language. It knows AND but no OR, and no brackets."""
        parts = []
        if self.name:
            parts.append(f"attributes.run_name ILIKE {quoted(f'%{self.name}%')}")
        if self.status in STATUSES:
            parts.append(f"attributes.status = '{self.status}'")
        if self.top_level:
            parts.append(f"tags.`{PARENT}` IS NULL")
        if self.written.strip():
            parts.append(self.written.strip())
        return " AND ".join(parts)

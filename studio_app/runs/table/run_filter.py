"""The filter of the runs page: a simple form and a written filter, as one sentence."""

import math
import re
from dataclasses import dataclass

from ml_studio.runs_table import ValueFilter
from studio_app.models.registry import quoted
from studio_app.runs.run_frames import PARENT, SOURCE, USER
from studio_app.runs.tracking import STATUSES

EXAMPLES = (
    ("metrics.accuracy > 0.9", "a metric's latest value"),
    ("params.optimizer = 'sgd'", "a param; the value is always a text"),
    ("metrics.`test/auc` >= 0.8 AND tags.team = 'risk'", "names with signs need backticks"),
    ("attributes.run_name ILIKE '%forest%'", "part of the name, in any case"),
    ("tags.`mlflow.user` = 'alice'", "who logged it"),
    ("datasets.name = 'breast-cancer'", "what it was trained on"),
    ("start_time > '2026-11-01' AND duration > '2h'", "when it began, and how long it took"),
    ("metrics.loss < 0.1 OR (params.lr IN ('0.1', '1') AND NOT status = 'FAILED')", "put together"),
)


_OR = re.compile(r"\bor\b", re.IGNORECASE)

# A mistake is shown with so many characters before it, of so many in all.
_BEFORE, _SHOWN = 60, 100


# How the attributes of a table are called in a filter.
_ATTRIBUTES = {
    "status": "attributes.status",
    "experiment": "attributes.experiment_name",
    "user": f"tags.`{USER}`",
    "source": f"tags.`{SOURCE}`",
    "run_id": "attributes.run_id",
}


def with_value(written: str, asked: ValueFilter) -> str:
    """A written filter that also asks for a value of a column; as it was for unknown columns."""
    clause = _clause(asked)
    before = written.strip()
    return before if not clause or clause in before else joined(before, clause)


def joined(written: str, *clauses: str) -> str:
    """A filter that asks for all of these too."""
    before = written.strip()
    # AND binds tighter than OR.
    alone = before if _OR.search(before) is None else f"({before})"
    return " AND ".join(part for part in (alone, *clauses) if part)


def named(column: str) -> str:
    """How a filter calls a column of the table; empty where it cannot."""
    family, _, key = column.partition(".")
    known = family in {"metrics", "params", "tags"} and key and "`" not in key
    return f"{family}.`{key}`" if known else _ATTRIBUTES.get(column, "")


def _clause(asked: ValueFilter) -> str:
    name = named(asked.column)
    if not name:
        return ""
    if asked.value is None:
        return f"{name} IS {'' if asked.same else 'NOT '}NULL"
    if isinstance(asked.value, str):
        value = quoted(asked.value)
    elif math.isfinite(asked.value):
        value = repr(asked.value)
    else:
        return ""
    return f"{name} {'=' if asked.same else '!='} {value}"


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
        """The filter in the language of the reading room (docs/reference/reading.md)."""
        parts = self._parts()
        if parts and self.written.strip():
            return f"{self._before()}{self.written.strip()})"
        return self.written.strip() or " AND ".join(parts)

    def pointed_at(self, position: int) -> str:
        """What was written, and below it a caret where the sentence has its mistake."""
        written = self.written.strip()
        place = min(max(position - len(self._before()), 0), len(written))
        start = max(0, place - _BEFORE)
        shown = written[start : start + _SHOWN]
        cut_left, cut_right = "…" * (start > 0), "…" * (len(written) > start + _SHOWN)
        return f"{cut_left}{shown}{cut_right}\n{' ' * (len(cut_left) + place - start)}^"

    def _parts(self) -> list[str]:
        parts = []
        if self.name:
            parts.append(f"attributes.run_name ILIKE {quoted(f'%{self.name}%')}")
        if self.status in STATUSES:
            parts.append(f"attributes.status = '{self.status}'")
        if self.top_level:
            parts.append(f"tags.`{PARENT}` IS NULL")
        return parts

    def _before(self) -> str:
        """What stands before the part that was written, in parentheses since it may have an OR."""
        return "".join(f"{part} AND " for part in self._parts()) + "(" * bool(self._parts())

"""The filter of the runs page: one sentence, whatever wrote its parts."""

import math
import re
from collections.abc import Mapping

from ml_studio.run_filter import Example
from ml_studio.runs_table import ValueFilter
from studio_app.models.registry import quoted
from studio_app.runs.run_frames import PARENT, SOURCE, USER
from studio_app.runs.tracking import STATUSES
from studio_app.ui import url_state

EXAMPLES = (
    Example("metrics.accuracy > 0.9", "a metric's latest value"),
    Example("params.optimizer = 'sgd'", "a param; the value is always a text"),
    Example("metrics.`test auc` >= 0.8 AND tags.team = 'risk'", "odd names need backticks"),
    Example("run_name ILIKE '%forest%'", "part of the name, in any case"),
    Example("tags.mlflow.user = 'alice'", "who logged it"),
    Example("datasets.name = 'breast-cancer'", "what it was trained on"),
    Example("start_time > '2026-11-01' AND duration > '2h'", "when it began, how long it took"),
    Example(
        "metrics.loss < 0.1 OR (params.lr IN ('0.1', '1') AND NOT status = 'FAILED')",
        "put together",
    ),
)

# What an address says of a filter. All but the sentence is of a form that there was before it:
# links and saved views with these are read, and written as a part of the sentence.
PARAMETERS = ("filter", "name", "status", "top")

_QUOTED = re.compile(r"""'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"|`(?:``|[^`])*`""")
_BRACKETS = re.compile(r"\([^()]*\)")
_OR, _AND = (re.compile(rf"\b{word}\b", re.IGNORECASE) for word in ("or", "and"))
# Signs of a name that need no backticks.
_PLAIN = re.compile(r"[\w$#:/-]+(?:\.[\w$#:/-]+)*")

# How the attributes of a table are called in a filter.
_ATTRIBUTES = {
    "status": "status",
    "experiment": "experiment_name",
    "user": f"tags.{USER}",
    "source": f"tags.{SOURCE}",
    "run_id": "run_id",
}


def of_address() -> str:
    """The filter that the address asks for."""
    return sentence(url_state.address())


def write(text: str) -> None:
    """Makes this the filter of the address."""
    kept = {name: said for name, said in url_state.address().items() if name not in PARAMETERS}
    url_state.replace(kept | ({"filter": text.strip()} if text.strip() else {}))


def sentence(address: Mapping[str, str]) -> str:
    """The filter of an address, in the language of the reading room (docs/reference/reading.md)."""
    parts = []
    if name := address.get("name"):
        parts.append(f"run_name ILIKE {quoted(f'%{name}%')}")
    if (status := address.get("status")) in STATUSES:
        parts.append(f"status = '{status}'")
    if address.get("top") == "yes":
        parts.append(f"tags.{PARENT} IS NULL")
    return joined(address.get("filter", ""), *parts)


def with_value(written: str, asked: ValueFilter) -> str:
    """A written filter that also asks for a value of a column; as it was for unknown columns."""
    clause = _clause(asked)
    return joined(written, clause) if clause else written.strip()


def joined(written: str, *clauses: str) -> str:
    """A filter that asks for all of these too; once for what it asks for already."""
    before = written.strip()
    outline = _outline(before)
    if _OR.search(outline):
        # AND binds tighter than OR.
        return " AND ".join((f"({before})", *clauses)) if clauses else before
    ends = [0, *(place for found in _AND.finditer(outline) for place in found.span()), len(before)]
    asked = {before[start:end].strip() for start, end in zip(ends[::2], ends[1::2], strict=True)}
    return " AND ".join(
        part for part in (before, *(one for one in clauses if one not in asked)) if part
    )


def named(column: str) -> str:
    """How a filter calls a column of the table; empty where it cannot."""
    family, _, key = column.partition(".")
    if family in {"metrics", "params", "tags"} and key and "`" not in key:
        return f"{family}.{key}" if _PLAIN.fullmatch(key) else f"{family}.`{key}`"
    return _ATTRIBUTES.get(column, "")


def _outline(text: str) -> str:
    """The filter with blanks for what stands in quotes and in brackets, sign for sign."""
    found = _QUOTED.sub(_blank, text)
    while (emptied := _BRACKETS.sub(_blank, found)) != found:
        found = emptied
    return found


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


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

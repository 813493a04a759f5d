"""A trace: its spans as a tree with a time axis, and what the chosen one did.

    trace_tree(spans, key="trace", options=TreeOptions(label="Spans of explain", version=trace_id))

Choosing, folding and searching need nothing from Python. The address of a span is the page's own
with `span=<id>`: the browser writes it where somebody copies the link to a span.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ml_studio.component import mount

NAME = "trace_tree"


@dataclass(frozen=True)
class SpanEvent:
    """Something that happened within a span, `at` milliseconds after the trace began."""

    name: str
    at: float
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Span:
    """One step of a trace; times are milliseconds since the trace began.

    `duration` is None while it runs. `parent` is empty for one at the top. `inputs`, `outputs` and
    the values of attributes are texts, mostly of JSON, as they were logged.
    """

    id: str
    parent: str
    name: str
    kind: str
    start: float
    duration: float | None
    failed: bool
    message: str
    inputs: str
    outputs: str
    attributes: Mapping[str, str]
    events: Sequence[SpanEvent]


@dataclass(frozen=True)
class TreeOptions:
    """`version` is another text for each other list of spans; `chosen` is open at first."""

    label: str
    version: str
    chosen: str = ""
    height: int = 640


def trace_tree(spans: Sequence[Span], *, key: str, options: TreeOptions) -> None:
    """Draw the spans of a trace, given in the order in which they began."""
    mount(
        NAME,
        key=key,
        data={"spans": [asdict(span) for span in spans], **asdict(options)},
        callbacks={},
    )

"""What one run logged beside its curves: metrics, or texts such as parameters and tags.

    texts = [TextValue("lr", "0.1")]
    run_values(key="params", options=ValuesOptions("Parameter", "1"), texts=texts)

The browser says when metrics without a `line` are drawn: their curves may be read then.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ml_studio.component import ignore, mount, state_of

NAME = "run_values"


@dataclass(frozen=True)
class MetricValue:
    """A metric, its numbers as texts; what its curve says is empty before that was read.

    Steps are in words, such as `step 12`. Of `line` None is a value that is no finite number.
    """

    name: str
    last: str
    step: str
    low: str = ""
    low_step: str = ""
    high: str = ""
    high_step: str = ""
    line: Sequence[float | None] = ()


@dataclass(frozen=True)
class TextValue:
    """A parameter, a tag, or another text with a name."""

    name: str
    value: str


@dataclass(frozen=True)
class ValuesOptions:
    """`kind` is what one of them is called; `version` is another text for other values."""

    kind: str
    version: str


def run_values(
    *,
    key: str,
    options: ValuesOptions,
    metrics: Sequence[MetricValue] = (),
    texts: Sequence[TextValue] = (),
) -> None:
    """Draw the values."""
    mount(
        NAME,
        key=key,
        data={
            "metrics": [asdict(one) for one in metrics],
            "texts": [asdict(one) for one in texts],
            **asdict(options),
        },
        callbacks={"drawn": ignore},
    )


def are_drawn(key: str) -> bool:
    """Whether the browser has drawn the values of this key, and curves may be read for them."""
    return state_of(key).get("drawn") is True

"""What may be asked, as it arrives: typed, bounded and refused with a sentence.

`read_question(RunsQuestion, body)` returns a checked question or raises ReadingError 400, whose
reason is the field that is wrong ("limit", "columns", "workspaces"; "body" for no JSON).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.expression import nearest

MOST_WORKSPACES = 1000
MOST_RUNS = 1000
MOST_EXPERIMENTS = 10_000
MOST_COLUMNS = 500
# Columns that runs are grouped by. Each is a join, as each metric is: MySQL joins 61 tables.
MOST_GROUPED_BY = 10
MOST_ROWS = 10_000
MOST_LISTED = 1000
# Up to so many runs everything is counted that tells which columns they have.
MOST_EXACT = 10_000
LONGEST_QUERY = 250
# What one answer holds at a time: of a page, and of curves. It takes some 300 MB at most.
MOST_CELLS = 2_000_000
MOST_POINTS = 5_000_000
MOST_CURVES = 100
# Workspaces that belong to nobody.
NOBODYS = ("", "default")
# The columns that every row begins with.
ATTRIBUTES = (
    "run_id",
    "run_name",
    "project",
    "experiment_id",
    "experiment_name",
    "status",
    "start_time",
    "end_time",
    "duration",
    "user_id",
    "lifecycle_stage",
    "artifact_uri",
    "parent_run_id",
)
# What is worked out for an answer that names it: nothing is filtered, ordered or grouped by it.
LAST_LOGGED = "last_logged"
PARENT_TAG = "mlflow.parentRunId"

Kind = Literal["metrics", "params", "tags", "attributes"]
Format = Literal["arrow", "parquet", "csv", "json"]
View = Literal["active", "deleted", "all"]
Position = list[Any]


def _without_nul(text: str) -> str:
    # No name in MLflow has one, and PostgreSQL takes none in a text.
    if "\0" in text:
        raise ValueError("a name cannot contain the character NUL")
    return text


def _somebodys(workspaces: list[str]) -> list[str]:
    if set(workspaces) & set(NOBODYS):
        raise ValueError("the workspace `default` belongs to nobody")
    return workspaces


Text = Annotated[str, AfterValidator(_without_nul)]
Workspaces = Annotated[
    list[Text], Field(min_length=1, max_length=MOST_WORKSPACES), AfterValidator(_somebodys)
]
Experiments = Annotated[list[Text], Field(max_length=MOST_EXPERIMENTS)]
GroupBy = Annotated[list[Text], Field(min_length=1, max_length=MOST_GROUPED_BY)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of runs: `metrics.loss` has the kind "metrics" and the key "loss"."""

    kind: Kind
    key: str

    @property
    def name(self) -> str:
        """As it stands in questions and answers."""
        return f"{self.kind}.{self.key}"


def read_column(text: str) -> Column:
    """The column that is named so; an attribute may go without its kind.

    Raises ReadingError 400 "column" for an unknown kind or attribute.
    """
    kind, point, key = text.partition(".")
    match kind if point and key else "":
        case "metrics":
            return Column("metrics", key)
        case "params":
            return Column("params", key)
        case "tags":
            return Column("tags", key)
        case "attributes":
            attribute = key
        case _:
            attribute = text
    if attribute in ATTRIBUTES:
        return Column("attributes", attribute)
    near = nearest(attribute, ATTRIBUTES)
    facts = {"found": text[:250], "expected": "metrics., params., tags. or an attribute"}
    raise ReadingError(
        400,
        "column",
        f"There is no column {text[:250]!r}. Columns are metrics.KEY, params.KEY, tags.KEY and the "
        f"attributes {', '.join(ATTRIBUTES)}.",
        **facts,
        **({"near": near} if near else {}),
    )


def read_columns(names: Sequence[str]) -> list[Column]:
    """The columns of these names in an answer, each once. Raises ReadingError as `read_column`."""
    return list(dict.fromkeys(map(_read_answered, names)))


def _read_answered(name: str) -> Column:
    if name.removeprefix("attributes.") == LAST_LOGGED:
        return Column("attributes", LAST_LOGGED)
    return read_column(name)


class Question(BaseModel):
    """What every question says: whose projects, and which of their runs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    workspaces: Workspaces
    experiments: Experiments | None = None
    runs: Annotated[list[Text], Field(max_length=MOST_RUNS)] | None = None
    filter: str = ""
    view: View = "active"


class Order(BaseModel):
    """One column to sort by. Who has no value there, or NaN, comes last both ways."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    by: Text
    ascending: bool = True


class RunsQuestion(Question):
    """A page of runs, all runs, or groups of them."""

    order: Annotated[list[Order], Field(max_length=5)] = []
    columns: Annotated[list[Text], Field(max_length=MOST_COLUMNS)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    after: Position | str | None = None
    all: bool = False
    group_by: GroupBy | None = None
    metrics: Annotated[list[Text], Field(max_length=20)] = []
    baseline: Text | None = None
    format: Format = "arrow"

    @model_validator(mode="after")
    def _fits_in_memory(self) -> Self:
        if self.limit * len(self.columns or ()) > MOST_CELLS and not self.all:
            raise ValueError(
                f"a page has {MOST_CELLS:,} values at most: ask for fewer rows or columns, or for "
                "all of them in a stream"
            )
        return self


class ColumnsQuestion(Question):
    """Which columns the runs have; of more than `exact_up_to` runs a sample tells."""

    exact_up_to: int = Field(MOST_EXACT, ge=1, le=MOST_EXACT)


class CurvesQuestion(Question):
    """The histories of metrics, thinned to `points` a series."""

    runs: Annotated[list[Text], Field(max_length=MOST_CURVES)] | None = None
    metrics: Annotated[list[Text], Field(min_length=1, max_length=50)]
    x: Literal["step", "time", "relative"] = "step"
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    points: Annotated[int, Field(ge=10, le=10_000)] = 1000
    group_by: GroupBy | None = None
    models: Annotated[list[Text], Field(min_length=1, max_length=MOST_CURVES)] | None = None
    format: Format = "arrow"

    @model_validator(mode="after")
    def _fits_in_memory(self) -> Self:
        several = self.models or self.runs or range(MOST_CURVES)
        if len(several) * len(self.metrics) * self.points > MOST_POINTS:
            raise ValueError(
                f"an answer has {MOST_POINTS:,} points at most: ask for fewer runs, metrics or "
                "points a curve"
            )
        return self


class ListQuestion(BaseModel):
    """A page of a list over workspaces, newest first; `query` is a part of the name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    workspaces: Workspaces
    query: Annotated[Text, Field(max_length=LONGEST_QUERY)] = ""
    filter: str = ""
    order: Literal["created", "updated"] = "created"
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100
    after: Position | None = None


class CreatedListQuestion(ListQuestion):
    """A page of a list whose rows have no time of their last change."""

    order: Literal["created"] = "created"


Asked = TypeVar("Asked", bound=BaseModel)


def read_question(kind: type[Asked], body: bytes) -> Asked:
    """The question in a JSON body; raises ReadingError 400."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> ReadingError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error" and not where:
        return ReadingError(
            400, "too_much", f"{first['msg'].removeprefix('Value error, ').capitalize()}."
        )
    if first["type"] == "json_invalid" or not where:
        return ReadingError(400, "body", f"The body is no question in JSON: {first['msg']}.")
    # Of a union pydantic names the member too, which says nothing to whoever asks.
    field = str(first["loc"][0])
    return ReadingError(400, field[:100], f"{where[:200]}: {first['msg']}.")


def encode_position(position: Position) -> str:
    """A position as the text of a header."""
    packed = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_position(sent: Position | str) -> Position:
    """The position of `encode_position`, which may come decoded already.

    Raises ReadingError 400 "after".
    """
    if isinstance(sent, list):
        return sent
    try:
        found = json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list):
        raise foreign_position()
    return found


def foreign_position() -> ReadingError:
    """The refusal of a position that no answer to this question gave."""
    return ReadingError(
        400, "after", "This is no position in the answer to this question. Begin again without it."
    )

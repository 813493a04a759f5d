"""The reading room: questions about runs, columns and curves; tables in four formats."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator

from ...mlflow.filters import LONGEST_FILTER
from .queries import Asked

# The formats of a table by name; the first is the default.
MEDIA_TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "json": "application/json",
}
TOTAL_HEADER = "X-Total-Count"
NEXT_PAGE_HEADER = "X-Next-Page-Token"
# A kind and a key of MLflow's (250 characters at most), or an id.
Name = Annotated[str, Field(min_length=1, max_length=300)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Format = Literal["arrow", "parquet", "csv", "json"]


class AskedFormat(Asked):
    """The query of what answers a table; without a format the header Accept says it."""

    format: Format | None = None


class Selection(Asked):
    """Which runs: of these projects (all my own if none is named), experiments, ids, and filter."""

    projects: list[Name] = Field([], max_length=1000)
    experiments: list[Name] | None = Field(None, max_length=10_000)
    runs: list[Name] | None = Field(None, max_length=1000)
    filter: str = Field("", max_length=LONGEST_FILTER)
    view: Literal["active", "deleted", "all"] = "active"

    @field_validator("projects")
    @classmethod
    def _named(cls, value: list[str]) -> list[str]:
        return sorted(set(value))


class Order(Asked):
    """One column to order by; what has no value, or NaN, comes last both ways."""

    by: Name
    ascending: bool = True


class RunsQuery(Selection):
    """A table of runs, or with `group_by` of groups of them.

    `columns` are such as `metrics.loss`; `auto` chooses those that differ. `all` answers every row
    in one stream.
    """

    order: list[Order] = Field([], max_length=5)
    columns: Literal["auto"] | Annotated[list[Name], Field(max_length=500)] | None = None
    limit: int = Field(100, ge=1, le=10_000)
    page_token: str = ""
    all: bool = False
    group_by: list[Name] | None = Field(None, max_length=10)
    metrics: list[Name] = Field([], max_length=20)
    baseline: Name | None = None


class ColumnsQuery(Selection):
    """Which columns runs have. Of more than `exact_up_to` runs a sample tells, and much faster."""

    exact_up_to: int = Field(10_000, ge=1, le=10_000)


class CurvesQuery(Selection):
    """Curves of metrics of runs: of those named, or of the first 100 of the selection."""

    runs: list[Name] | None = Field(None, max_length=100)
    metrics: list[Name] = Field([], max_length=50)
    x: Literal["step", "time", "relative"] = "step"
    range: tuple[Finite, Finite] | None = None
    points: int = Field(1000, ge=10, le=10_000)
    group_by: list[Name] | None = Field(None, max_length=10)
    models: list[Name] | None = Field(None, max_length=100)


def table(*, has_pages: bool) -> dict[str, Any]:
    """The description of a table for the OpenAPI document."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    fields: dict[str, Any] = {"rows": {"type": "array", "items": {"type": "object"}}}
    headers: dict[str, Any] = {}
    if has_pages:
        fields |= {
            "total": {"type": "integer"},
            "total_is_exact": {"type": "boolean"},
            "next_page_token": {"type": "string"},
        }
        headers = {
            TOTAL_HEADER: {"schema": {"type": "string"}},
            NEXT_PAGE_HEADER: {"schema": {"type": "string"}},
        }
    document = {"schema": {"type": "object", "properties": fields, "required": list(fields)}}
    return {
        "description": "A table in the format that was asked for.",
        "headers": headers,
        "content": {
            MEDIA_TYPES["arrow"]: binary,
            MEDIA_TYPES["parquet"]: binary,
            MEDIA_TYPES["csv"]: {"schema": {"type": "string"}},
            MEDIA_TYPES["json"]: document,
        },
    }


class ColumnOut(BaseModel):
    """A metric, parameter, tag or attribute.

    It has how many runs that were looked at have it, how many different values there are, their
    range where all are numbers, and the commonest, each with how many runs have it.
    """

    kind: str
    key: str
    runs: int
    values: int
    min: float | None
    max: float | None
    common: list[tuple[Any, int]]


class ColumnsOut(BaseModel):
    """What there is in the selected runs; where it is `sampled`, `looked_at` of them."""

    runs: int
    sampled: bool
    looked_at: int
    columns: list[ColumnOut]

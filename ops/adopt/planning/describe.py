"""A plan as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ops.adopt.planning.plan import Experiment, Part, Plan


def lines(plan: Plan, problems: list[str], file: Path) -> Iterator[str]:
    """What goes where, what stays, what stands in the way, and how to go on."""
    for slug, part in plan.projects.items():
        owner = f" (if it must be opened, for {part.owner})" if part.owner else ""
        yield f"into {slug}{owner}:"
        yield from _part(part)
    if not plan.projects:
        yield "Nothing goes anywhere."
    if plan.left:
        yield "stays:"
        for one in plan.left:
            yield f"  {one.what} {one.name}: {one.why}"
    if problems:
        yield "in the way:"
        for problem in problems:
            yield f"  {problem}"
    yield f"The plan is in {file}. " + (
        "Change it, or what stands in the way." if problems else f"Next: studio adopt run {file}"
    )


def _part(part: Part) -> Iterator[str]:
    for one in part.experiments:
        yield f"  experiment {one.name}: {_counted(one)}"
    for kind, names in (("model", part.models), ("prompt", part.prompts)):
        for name in names:
            yield f"  {kind} {name}"
    for dataset in part.datasets:
        yield f"  dataset {dataset.name}"


def _counted(one: Experiment) -> str:
    deleted = f" ({one.deleted_runs} deleted)" if one.deleted_runs else ""
    state = "deleted, " if one.deleted else ""
    return (
        f"{state}{one.runs} runs{deleted}, {one.traces} traces, {one.files} files, "
        f"{one.bytes} bytes"
    )

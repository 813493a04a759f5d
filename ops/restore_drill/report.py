"""What a drill did: its steps, how long each took, and everything that was not as it should be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum

# A backup with ten thousand damaged files is described by the first of them.
PROBLEMS_SHOWN = 20


class Outcome(StrEnum):
    """How a step ended; skipped is a step whose ground was missing."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class Step:
    """One step of a drill; each problem is a sentence."""

    name: str
    outcome: Outcome = Outcome.PASSED
    seconds: float = 0.0
    detail: str = ""
    problems: list[str] = field(default_factory=list)

    def fail(self, problem: str) -> None:
        """Note something that is not as it should be."""
        self.outcome = Outcome.FAILED
        self.problems.append(problem)

    def lines(self) -> Iterator[str]:
        """The step as text."""
        word = self.outcome.upper() if self.outcome is Outcome.FAILED else self.outcome
        yield f"{word:8}{self.name:12}{self.seconds:7.1f} s  {self.detail}".rstrip()
        for problem in self.problems[:PROBLEMS_SHOWN]:
            yield f"{'':8}{problem}"
        if len(self.problems) > PROBLEMS_SHOWN:
            yield f"{'':8}... and {len(self.problems) - PROBLEMS_SHOWN} more."


@dataclass
class Report:
    """A drill from its beginning to its end."""

    place: str
    backup: str = ""
    began_at: str = ""
    seconds: float = 0.0
    steps: list[Step] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether every step did what it should."""
        return bool(self.steps) and all(step.outcome is Outcome.PASSED for step in self.steps)

    def passed(self, name: str) -> bool:
        """Whether that step was done, and well."""
        return any(step.name == name and step.outcome is Outcome.PASSED for step in self.steps)

    @property
    def verdict(self) -> str:
        """The end of the report, in a sentence."""
        if self.succeeded:
            return f"The backup {self.backup} can be restored. The drill took {self.seconds:.0f} s."
        failed = [step.name for step in self.steps if step.outcome is Outcome.FAILED]
        which = f"the backup {self.backup}" if self.backup else f"backups in {self.place}"
        return f"The drill with {which} failed: {', '.join(failed) or 'it was not finished'}."

    def summary(self) -> str:
        """The whole report in few sentences, as the page System shows it."""
        if self.succeeded:
            done = ("backup", "artifacts", "reads")
            said = [step.detail for step in self.steps if step.name in done and step.detail]
            return " ".join([self.verdict, *(f"{one}." for one in said)])
        return " ".join([self.verdict, *(one for step in self.steps for one in step.problems)])

    def to_json(self) -> str:
        """The report as one JSON document."""
        said = {"succeeded": self.succeeded, "summary": self.summary()}
        return json.dumps({**said, **asdict(self)}, indent=2, ensure_ascii=False)

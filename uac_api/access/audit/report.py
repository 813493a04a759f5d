"""What a look at the audit trail found."""

from __future__ import annotations

from dataclasses import dataclass, field

FINDINGS_MOST = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: an event or a seal, its id, and what is wrong."""

    what: str
    id: int
    message: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found; the head is the newest seal and its mark."""

    from_seal: int = 1
    seals: int = 0
    events: int = 0
    unmarked: int = 0
    pruned: int = 0
    waiting: int = 0
    head: int = 0
    head_mark: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether everything that was looked at is as it was written."""
        return not self.findings

    def add(self, what: str, row_id: int, message: str) -> None:
        """Note something that is wrong; the first twenty are enough."""
        if len(self.findings) < FINDINGS_MOST:
            self.findings.append(Finding(what, row_id, message))

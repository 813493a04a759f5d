"""The newest seals of the audit trail: whether each is ours, and what it covers is as it was."""

from __future__ import annotations

from ..access.audit import verify
from ..access.audit.report import FINDINGS_MOST
from ..access.audit.signatures import Signer
from ..access.database import Database
from .finding import Findings, fault

# Some tenths of a second; `studio audit verify` looks at all of it.
EVENTS = 2000
TOLD = 3


def examine(database: Database, marks: Signer) -> Findings:
    """What the newest seals find changed."""
    found = verify.verify(database, marks, most_events=EVENTS).findings
    if not found:
        return
    number = f"{len(found)}" if len(found) < FINDINGS_MOST else f"{FINDINGS_MOST} or more"
    told = "; ".join(f"{one.what} {one.id} {one.message}" for one in found[:TOLD])
    yield fault(
        "audit",
        f"The audit trail does not verify, in {number} places: {told}.",
        "If the audit key (or, without one, the secret key) was changed: put the one before into "
        "STUDIO_AUDIT_KEYS_BEFORE, with make up a line of secrets/audit-keys-before. If it was "
        "not, this is an incident: docs/explanation/audit.md. `studio audit verify` looks at all "
        "of it.",
    )

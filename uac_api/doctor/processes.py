"""Processes that run with something else than the rest: another version, key or password."""

from __future__ import annotations

from ..access.audit.signatures import Signer
from ..access.database import Database
from ..access.installation import processes
from ..version import __version__
from .finding import Findings, fault, warning


def examine(database: Database, marks: Signer) -> Findings:
    """Each process whose database refuses it, or that differs from this one."""
    for one in database.read(lambda session: processes.running(session, marks)):
        name = f"The process {one.service} ({one.id})"
        if one.problem:
            yield fault(
                "processes",
                f"{name} could not connect anew. {one.problem}",
                "It has an old password, or the database is away. make up starts it with the one "
                "in secrets/.",
            )
        if not one.ours:
            yield fault(
                "processes",
                f"{name} signs the audit trail with a key that this one does not know.",
                "Give all the same STUDIO_AUDIT_KEY: make up. If the key was changed on purpose, "
                "the one before belongs into STUDIO_AUDIT_KEYS_BEFORE (secrets/audit-keys-before).",
            )
        if one.version != __version__:
            yield warning(
                "processes",
                f"{name} is of version {one.version}, this is {__version__}.",
                "Finish the update: make up, or make stack.",
            )

"""What is found out about a request on its way, for its log line, its metrics and its span.

It lies in the WSGI environment, because the access log stands outside of both interfaces: neither
Flask's globals nor the proxy's `Exchange` are there when the line is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import cast

_KEY = "studio.facts"


@dataclass(slots=True)
class RequestFacts:
    """What is known by now; None for what nobody found out. Never a secret, never a body.

    `row` is the operation or the rule that the request stands for, `decision` is
    `audit.events.ALLOWED` or `DENIED`, `reason` the machine word of a refusal.
    """

    request_id: str
    row: str | None = None
    person: str | None = None
    project: str | None = None
    decision: str | None = None
    reason: str | None = None

    @property
    def known(self) -> dict[str, str]:
        """What was found out, by name; the request's id stands apart in every line."""
        named = ((one.name, getattr(self, one.name)) for one in fields(self)[1:])
        return {name: value for name, value in named if value is not None}


def begin_facts(environ: dict[str, object], request_id: str) -> RequestFacts:
    """The facts of a request that has just come."""
    facts = RequestFacts(request_id)
    environ[_KEY] = facts
    return facts


def facts_of(environ: Mapping[str, object]) -> RequestFacts:
    """The facts of a request under way."""
    return cast(RequestFacts, environ[_KEY])

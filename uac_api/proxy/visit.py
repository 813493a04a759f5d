"""One request on its way through the door: what is known of it so far."""

from __future__ import annotations

from typing import Any

from ..access import audit
from ..access.origins import Origin
from ..access.principals import Principal
from ..access.roles import Action
from ..access_log import ENVIRON_ID, note
from . import quotas, targets
from .call import Call
from .rules import Rule
from .turns import Caller


class Visit:
    """What is known so far of one request, for the log line and the audit trail."""

    def __init__(self, environ: dict[str, Any], origin: Origin) -> None:
        self.environ = environ
        self.request_id = str(environ[ENVIRON_ID])
        self.origin = origin
        self.asked: Call | None = None
        self.principal: Principal | None = None
        self.slug = ""
        self.rule: Rule | None = None
        self.target = ""
        self.turn: Caller | None = None
        self.admission: quotas.Admission | None = None

    def note(self) -> None:
        """Tell the log line what is known."""
        if self.rule is not None:
            note(self.environ, row=self.rule.operation)
        if self.principal is not None:
            note(self.environ, person=self.principal.username, project=self.slug)

    def entry(self, outcome: str, status: int, reason: str = "", about: str = "") -> audit.Entry:
        """The audit entry of this request."""
        action = self.rule.action if self.rule else None
        if not self.target and self.asked is not None and changes(self.rule):
            self.target = targets.of(self.asked)
        return audit.Entry(
            operation=self.rule.operation if self.rule else "unknown request",
            outcome=outcome,
            user=self.principal.username if self.principal else "",
            token=self.principal.token_id if self.principal else "",
            project=self.slug,
            action=action or "",
            target=about or self.target,
            reason=reason,
            status=status,
            request_id=self.request_id,
            address=self.origin.address,
        )


def changes(rule: Rule | None) -> bool:
    """Whether a row changes something, so that the audit trail tells it."""
    return rule is not None and rule.action not in (None, Action.READ)

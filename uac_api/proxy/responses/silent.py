"""What MLflow answers with 200 and does not do, so that the audit trail does not tell it as done.

MLflow's workspaces make a deletion of another project's thing find nothing, and some of its routes
say 200 then, as they do for what is gone already. The answer goes out as it is: a client that sends
a deletion twice relies on it, and a foreign thing is not told from a missing one. The trail says
that nothing was there.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote

from ...mlflow.upstream import Answer, Kept, Upstream
from ..checks import references
from ..request import fields
from ..request.call import Call
from ..rules import Rule

REASON = "nothing_there"
REMEMBERED = 20_000
FIELD = re.compile(r"\{([\w-]+)\}")
ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


class Silence:
    """Finds out whether a call is about anything of the project."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def finds_nothing(self, upstream: Upstream, call: Call, rule: Rule, slug: str) -> bool:
        """Whether what the call is about is not in the project, as asked before it is sent."""
        silent = rule.silent
        if silent is None:
            return False
        if silent.traces:
            ids = sorted(fields.texts(call, silent.traces))[: references.MOST_IDS]
            return bool(ids) and not references.traces(upstream, slug, ids)
        target = _address(call, silent.there)
        if not target or self._was_there(slug, target):
            return False
        status, _ = upstream.fetch("GET", target, workspace=slug)
        if status == HTTPStatus.OK and silent.stays:
            self._remember(slug, target)
        return status in ABSENT

    def _was_there(self, slug: str, target: str) -> bool:
        with self._lock:
            return (slug, target) in self._seen

    def _remember(self, slug: str, target: str) -> None:
        with self._lock:
            self._seen[slug, target] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)


def counted(rule: Rule, answer: Answer) -> tuple[Answer, bool]:
    """The answer, and whether it says itself that MLflow found nothing."""
    field = rule.silent.count if rule.silent else ""
    if not field or answer.status >= HTTPStatus.BAD_REQUEST:
        return answer, False
    content = answer.body.read()
    try:
        document = json.loads(content)
    except ValueError:
        document = {}
    nothing = isinstance(document, dict) and not document.get(field)
    return Answer(answer.status, answer.headers, Kept(content)), nothing


def _address(call: Call, there: str) -> str:
    """The address with the call's own fields in it; an empty text if it names one of them not."""
    values = {name: _given(call, name) for name in FIELD.findall(there)}
    if not all(values.values()):
        return ""
    return FIELD.sub(lambda found: quote(values[found[1]], safe=""), there)


def _given(call: Call, name: str) -> str:
    if "-" in name:
        return call.header(name) or ""
    return fields.text(call, name)

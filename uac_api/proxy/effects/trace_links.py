"""A trace may be linked to a run before it has arrived.

In MLflow's workspaces `link-to-run` answers 200 and leaves out every trace that is not in the
project: foreign ones, and one that its client is still exporting. Here both wait, in the UAC
database. When a trace of the project arrives, MLflow is asked again to link those that are there
by now. It asks in the project's own workspace, so a trace of another project is never linked; its
link waits like that of a trace which nobody has, is answered by the same steps, and falls away
after a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby

import structlog

from ...access.database import Database
from ...access.decisions.principals import Grant
from ...access.errors import DatabaseUnavailable
from ...access.projects import trace_links
from ...access.projects.trace_links import Link
from ...errors import StudioError
from ...mlflow.upstream import Upstream
from ..checks import references
from ..request import fields
from ..request.call import Call
from ..rules import Rule

LINKING = "POST /api/2.0/mlflow/traces/link-to-run"
ARRIVING = frozenset(
    {"POST /v1/traces", "POST /api/2.0/mlflow/traces", "POST /api/3.0/mlflow/traces"}
)
LINK_PATH = "/api/2.0/mlflow/traces/link-to-run"
# mlflow.store.tracking.sqlalchemy_store.MAX_TRACE_LINKS_PER_REQUEST
MOST = 100

_log = structlog.get_logger("uac.proxy")


class TraceLinks:
    """Keeps links whose trace is not there, and makes them when one arrives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def park(self, upstream: Upstream, call: Call, rule: Rule, grant: Grant) -> list[Link]:
        """Before MLflow is asked: let the links wait whose trace is not in the project.

        They wait before MLflow looks, so one that arrives meanwhile is linked by either. Raises
        what Upstream and Database raise, and TooOften.
        """
        if rule.operation != LINKING:
            return []
        run_ids, trace_ids = fields.texts(call, "run_id"), fields.texts(call, "trace_ids.*")
        # MLflow refuses what names no run or too many traces.
        if len(run_ids) != 1 or not 0 < len(trace_ids) <= MOST:
            return []
        [run_id] = run_ids
        missing = trace_ids - references.traces(upstream, grant.slug, sorted(trace_ids))
        storable = [one for one in sorted(missing) if len(one) <= trace_links.LONGEST_TRACE]
        links = [(run_id, one) for one in storable]
        if not links or len(run_id) > trace_links.LONGEST_RUN:
            return []
        self._database.write(lambda session: trace_links.put(session, grant.project_id, links))
        return links

    def commit(
        self, upstream: Upstream, rule: Rule, grant: Grant, kept: list[Link], status: int
    ) -> None:
        """MLflow has answered: drop what it refused to link; make what waited for this trace.

        MLflow's answer stands, whatever happens here: what is not made waits for the next trace.
        """
        try:
            if kept and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self._drop(grant, kept)
            if rule.operation in ARRIVING and status < HTTPStatus.BAD_REQUEST:
                self._make(upstream, grant)
        except (StudioError, DatabaseUnavailable) as error:
            _log.warning("trace_links_wait", project=grant.slug, reason=error.reason)

    def _make(self, upstream: Upstream, grant: Grant) -> None:
        found = self._database.read(lambda session: trace_links.waiting(session, grant.project_id))
        for links in _pieces(found):
            ids = sorted({trace_id for _, trace_id in links})
            there = references.traces(upstream, grant.slug, ids)
            arrived = [link for link in links if link[1] in there]
            for run_id, of_run in groupby(arrived, key=lambda link: link[0]):
                made = list(of_run)
                status, _ = upstream.ask(
                    "POST",
                    LINK_PATH,
                    workspace=grant.slug,
                    body={"run_id": run_id, "trace_ids": [trace_id for _, trace_id in made]},
                )
                # A run that is gone meanwhile is refused, and will be the next time.
                if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    self._drop(grant, made)

    def _drop(self, grant: Grant, links: list[Link]) -> None:
        self._database.write(lambda session: trace_links.drop(session, grant.project_id, links))


def _pieces(links: list[Link]) -> Iterable[list[Link]]:
    return (links[start : start + MOST] for start in range(0, len(links), MOST))

"""Which run a call is about, for tokens that are for one run only; `decide_run` says yes or no.

A row of the table without `run` is about no one run, so such a token does not pass it. What a row
has is read as MLflow reads it: whatever it would fall back on counts as named.

MLflow writes a file wherever its path says, also below an experiment that the run is not in, or
that there is not. So the path of a file must lie in the folder that MLflow gave to the run.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote, urlsplit

from ... import errors
from ...access.decisions.decide import Decision, decide_run
from ...access.decisions.principals import Principal
from ...mlflow.catalog import field_of
from ...mlflow.upstream import Upstream
from ..request import fields
from ..request.call import Call
from ..rules import Rule, RunAt
from .references import require_said

NO_RUN = ""
RUN_LOOKUP = "/api/2.0/mlflow/runs/get?run_id={}"
REMEMBERED = 10_000


def check_row(rule: Rule, principal: Principal) -> None:
    """Raise Forbidden when a token of one run asks for what is about no one run."""
    if rule.run is None:
        _require(decide_run(principal, ()))


def check(call: Call, rule: Rule, principal: Principal) -> None:
    """Raise Forbidden when the call is about another run than the token's; its body was read."""
    if rule.run is None or principal.token_run_id is None:
        return
    runs = RUNS[rule.run](call)
    written = any(fields.texts(call, ref.field) for ref in rule.names if ref.written)
    _require(decide_run(principal, runs, writes_elsewhere=written))


class RunFolders:
    """Where MLflow keeps the files of runs: asked once for each, since a run never moves."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = Lock()

    def check(
        self, upstream: Upstream, call: Call, rule: Rule, principal: Principal, slug: str
    ) -> None:
        """Raise Forbidden when a token of one run names a file that is not in its run's folder.

        `check` has found that the path names the run.
        """
        run = principal.token_run_id
        if run is None or rule.run is not RunAt.PATH:
            return
        folder = self._folder(upstream, slug, run)
        inside = (path == folder or path.startswith(f"{folder}/") for path in _paths(call))
        if not folder or not all(inside):
            _require(decide_run(principal, ()))

    def _folder(self, upstream: Upstream, slug: str, run: str) -> str:
        """The folder without the project's own, or an empty text."""
        with self._lock:
            if (known := self._known.get((slug, run))) is not None:
                return known
        target = RUN_LOOKUP.format(quote(run, safe=""))
        status, document = upstream.ask("GET", target, workspace=slug)
        require_said(status)
        address = urlsplit(str(field_of(document, "run.info.artifact_uri") or ""))
        if status != HTTPStatus.OK or address.scheme != "mlflow-artifacts":
            return ""
        folder = _below_project(address.path.lstrip("/"))
        with self._lock:
            self._known[slug, run] = folder
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return folder


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise errors.refuse(decision)


def _in_fields(call: Call) -> set[str]:
    # MLflow takes run_uuid where run_id is empty: both must be the token's.
    return fields.texts(call, "run_id") | fields.texts(call, "run_uuid")


def _in_list(call: Call) -> set[str]:
    return fields.texts(call, "run_ids")


def _in_query(call: Call) -> set[str]:
    names = (*fields.spellings("run_id"), *fields.spellings("run_uuid"))
    return {value for name, value in call.query if name in names}


def _in_path(call: Call) -> set[str]:
    return {_run_of(path) for path in _paths(call)}


def _paths(call: Call) -> list[str]:
    """The paths that the call names, without the project's own folder."""
    in_address = call.path_fields.get("artifact_path")
    in_query = [value for name, value in call.query if name == "path"]
    paths = in_query if in_address is None else [in_address]
    return [_below_project(path.rstrip("/")) for path in paths]


def _below_project(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[2:] if parts[0] == "workspaces" else parts)


def _run_of(path: str) -> str:
    """The run whose file it is: `<experiment>/<run>/artifacts[/...]`."""
    match path.split("/"):
        case [experiment, run, "artifacts", *_] if experiment.isascii() and experiment.isdecimal():
            return run
    return NO_RUN


RUNS: dict[RunAt, Callable[[Call], set[str]]] = {
    RunAt.FIELDS: _in_fields,
    RunAt.LIST: _in_list,
    RunAt.QUERY: _in_query,
    RunAt.PATH: _in_path,
}

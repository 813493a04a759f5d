"""Which run a call is about, for tokens that are for one run only; `decide_run` says yes or no.

A row of the table without `run` is about no one run, so such a token does not pass it. What a row
has is read as MLflow reads it: whatever it would fall back on counts as named.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import errors
from ..access.decide import Decision, decide_run
from ..access.principals import Principal
from . import fields
from .call import Call
from .rules import Rule, RunAt

NO_RUN = ""


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
    in_address = call.path_fields.get("artifact_path")
    in_query = [value for name, value in call.query if name == "path"]
    paths = in_query if in_address is None else [in_address]
    return {_run_of(path) for path in paths}


def _run_of(path: str) -> str:
    """The run whose file it is: `[workspaces/<slug>/]<experiment>/<run>/artifacts[/...]`."""
    parts = path.rstrip("/").split("/")
    if parts[0] == "workspaces":
        parts = parts[2:]
    match parts:
        case [experiment, run, "artifacts", *_] if experiment.isascii() and experiment.isdecimal():
            return run
    return NO_RUN


RUNS: dict[RunAt, Callable[[Call], set[str]]] = {
    RunAt.FIELDS: _in_fields,
    RunAt.LIST: _in_list,
    RunAt.QUERY: _in_query,
    RunAt.PATH: _in_path,
}

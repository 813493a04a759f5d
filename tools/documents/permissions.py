"""docs/reference/permissions.md: who may do what, told from the tables that decide it."""

from __future__ import annotations

from collections.abc import Iterable

from uac_api.access.decisions.roles import ROLE_ACTIONS, Action, Role
from uac_api.proxy.checks.checks import CHECKS
from uac_api.proxy.closed import CLOSED, Closed
from uac_api.proxy.rules import OLDEST, RULES, VERSIONS, Rule, Stamp

BEGINNING = f"""# Permissions

Written by `make docs` from the tables that decide: `uac_api/access/decisions/roles.py`,
`uac_api/proxy/rules/` and `uac_api/proxy/closed.py`, for MLflow {" and ".join(VERSIONS)}. Tests
compare them with this page and with every route of both. What neither list names is refused. What
came with a version is marked with it, and with an older MLflow it is 404.

## Roles and actions

"""
OPEN = """
## Open requests

Every address may also begin with `/projects/<slug>`; `/api` and `/ajax-api` are one. *Everybody*
means each person who is signed in. A token never allows more than its owner's role. A row with a
feature is closed until an operator names the feature in `STUDIO_MLFLOW_FEATURES`. Beside what is
named here, each path and body is refused that two readers could read differently. A token of one
run passes only the rows with a mark under *one run*, and those only for its run; a metric that it
would store at a logged model as well is refused.

| method | address | action | roles | feature | one run | since | what else is looked at |
|---|---|---|---|---|---|---|---|
"""
SHUT = """
## Closed requests

Nobody gets these through ML Studio. `*` stands for the rest of an address.

| address | why | since |
|---|---|---|
"""


def document() -> str:
    """The whole page."""
    rows = sorted(RULES, key=lambda rule: (rule.path, rule.method))
    shut = sorted(CLOSED, key=lambda entry: entry.path)
    return "".join(
        [
            BEGINNING,
            *_roles(),
            OPEN,
            *(_row(rule) for rule in rows),
            SHUT,
            *(_shut(one) for one in shut),
        ]
    )


def _roles() -> Iterable[str]:
    yield _line("", *Action)
    yield "|---" * (len(Action) + 1) + "|\n"
    for role in Role:
        yield _line(role, *("x" if action in ROLE_ACTIONS[role] else "" for action in Action))


def _row(rule: Rule) -> str:
    return _line(
        rule.method,
        f"`{rule.path}`",
        rule.action or "",
        _allowed(rule.action),
        rule.feature or "",
        "x" if rule.run is not None or rule.action is None else "",
        _since(rule.since),
        "; ".join(_looks(rule)),
    )


def _shut(entry: Closed) -> str:
    address = f"{' '.join(entry.methods)} `{entry.path}`".strip()
    return _line(address, entry.why, _since(entry.since))


def _since(version: str) -> str:
    return "" if version == OLDEST else version


def _allowed(action: Action | None) -> str:
    if action is None:
        return "everybody"
    return ", ".join(role for role in Role if action in ROLE_ACTIONS[role])


def _looks(rule: Rule) -> Iterable[str]:
    for ref in rule.names:
        yield f"`{ref.field}` is a {ref.thing} of the project"
    for check in rule.checks:
        yield str(CHECKS[check].__doc__)
    if rule.stamp is Stamp.KEEP:
        yield "the author's tag cannot be removed"
    elif rule.stamp is not None:
        yield "the caller becomes the author"
    if rule.trashed is not None:
        yield f"the {rule.trashed} is kept in the trash first"
    if rule.silent is not None:
        yield "MLflow answers 200 also where nothing is there, and the audit trail says so"
    if rule.own is not None:
        yield "ML Studio answers itself"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"

"""Events of the audit trail as sentences, with links to whom and what they are about.

    [alice](/audit?user=alice) gave [bob](/audit?user=bob) the role contributor in [Fraud](...)

All that an event says is foreign text: `widgets.plain` makes it harmless before it is Markdown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from studio_app.api.client import Json
from studio_app.ui import navigation, widgets

# What was done, and what somebody may have been refused to do. The slots are parts of the target,
# which is `name: rest` in most operations: {person} and {group} are its name, {rest} what follows,
# {text} all of it, {thing} something of MLflow's, {project} the project.
_STUDIO = {
    "sessions.start": ("signed in", "sign in"),
    "sessions.redeem": ("opened Studio in a browser", "open Studio in a browser"),
    "sessions.exchange": ("signed in by single sign-on", "sign in by single sign-on"),
    "sessions.end": ("ended a session", "end a session"),
    "sessions.end_others": ("ended their other sessions", "end their other sessions"),
    "sessions.end_all_of": ("ended all sessions of {person}", "end the sessions of others"),
    "sign_in_delays.clear": ("cleared the sign-in delay of {text}", "clear a sign-in delay"),
    "me.update": ("changed their profile", "change their profile"),
    "me.password": ("changed their password", "change their password"),
    "users.create": ("created the account {person}", "create an account"),
    "users.password": ("set a password for {person}", "set a password"),
    "users.update": ("changed the account {person} ({rest})", "change an account"),
    "users.delete": ("deleted the account {text}", "delete an account"),
    "invitations.create": ("invited somebody ({text})", "invite somebody"),
    "invitations.revoke": ("took an invitation back ({text})", "take an invitation back"),
    "invitations.accept": ("accepted an invitation ({text})", "accept an invitation"),
    "invitations.read": ("opened an invitation", "open an invitation"),
    "identities.link": ("linked {person} to a sign-in ({rest})", "link a sign-in"),
    "identities.unlink": ("took a sign-in from {person} ({rest})", "take a sign-in away"),
    "claim_rules.create": ("made a rule of single sign-on ({text})", "make a sign-in rule"),
    "claim_rules.delete": ("deleted a rule of single sign-on ({text})", "delete a sign-in rule"),
    "groups.create": ("created the group {group}", "create a group"),
    "groups.update": ("changed the group {group} ({rest})", "change a group"),
    "groups.delete": ("deleted the group {group}", "delete a group"),
    "groups.claims": ("changed groups by single sign-on ({text})", "change groups"),
    "group_people.add": ("put {member} into the group {group}", "put somebody into a group"),
    "group_people.remove": ("took {member} out of the group {group}", "change a group"),
    "projects.create.everyone": ("created the project {project} ({text})", "create a project"),
    "projects.create.administrators": (
        "created the project {project} ({text})",
        "create a project",
    ),
    "projects.update": ("changed the {text} of {project}", "change {project}"),
    "projects.delete": ("deleted {project}", "delete {project}"),
    "deleted_projects.restore": ("brought {project} back", "bring {project} back"),
    "members.set": ("gave {person} the role {rest}", "give a role"),
    "members.remove": ("took the role of {person} away", "take a role away"),
    "member_groups.set": ("gave the group {group} the role {rest}", "give a group a role"),
    "member_groups.remove": ("took the role of the group {group} away", "take a group's role away"),
    "requests.create": ("asked for the role {text}", "ask for a role"),
    "requests.grant": ("granted a request: {person} is {rest}", "grant a request"),
    "requests.decline": ("declined the request of {person}", "decline a request"),
    "quotas.set": ("set the limits of {project}: {text}", "set the limits of {project}"),
    "quotas.reset": ("gave {project} the usual limits", "reset the limits of {project}"),
    "tokens.create": ("created the token {text}", "create a token"),
    "tokens.rotate": ("rotated the token {text}", "rotate a token"),
    "tokens.delete": ("deleted the token {text}", "delete a token"),
    "tokens.revoke": ("revoked the token {text}", "revoke a token"),
    "tokens.project.revoke": ("revoked the token {text}", "revoke a token"),
    "service_accounts.create": ("created the service account {person}", "add a service account"),
    "service_accounts.update": ("changed the service account {person}", "change a service account"),
    "service_accounts.delete": ("deleted the service account {person}", "delete a service account"),
    "service_accounts.tokens.create": ("created the token {text}", "create a token"),
    "service_accounts.tokens.rotate": ("rotated the token {text}", "rotate a token"),
    "service_accounts.tokens.delete": ("deleted the token {text}", "delete a token"),
    "artifacts.download": ("took files as a zip", "take files as a zip"),
    "trash.restore.runs": ("restored {thing}", "restore a run"),
    "trash.restore.experiments": ("restored {thing}", "restore an experiment"),
    "trash.restore.models": ("restored {text}", "restore a model"),
    "views.create": ("saved the view {text}", "save a view"),
    "views.update": ("changed the view {text}", "change a view"),
    "views.delete": ("deleted the view {text}", "delete a view"),
    "audit.prune": ("removed old events: {text}", "remove old events"),
    "audit.list": ("read the audit trail", "read the audit trail"),
    "audit.project": ("read the audit trail", "read the audit trail"),
    "permissions.list": ("read the roles of all", "read the roles of all"),
}
# The same for calls of MLflow, without the part of the address that all have.
_LOGGED = ("logged into {thing}", "log into a run")
_MLFLOW = {
    "POST experiments/create": ("created {thing}", "create an experiment"),
    "POST experiments/update": ("changed {thing}", "change an experiment"),
    "POST experiments/delete": ("deleted {thing}", "delete an experiment"),
    "POST experiments/restore": ("restored {thing}", "restore an experiment"),
    "POST experiments/set-experiment-tag": ("tagged {thing}", "tag an experiment"),
    "POST runs/create": ("began a run in {thing}", "begin a run"),
    "POST runs/update": ("changed {thing}", "change a run"),
    "POST runs/delete": ("deleted {thing}", "delete a run"),
    "POST runs/restore": ("restored {thing}", "restore a run"),
    "POST runs/log-metric": _LOGGED,
    "POST runs/log-parameter": _LOGGED,
    "POST runs/log-batch": _LOGGED,
    "POST runs/log-inputs": _LOGGED,
    "POST runs/log-model": _LOGGED,
    "POST runs/outputs": _LOGGED,
    "POST runs/set-tag": ("tagged {thing}", "tag a run"),
    "POST runs/delete-tag": ("took a tag from {thing}", "take a tag from a run"),
    "POST logged-models": ("logged a model of {thing}", "log a model"),
    "PUT artifacts/{artifact_path:path}": ("stored a file of {thing}", "store a file"),
    "POST upload-artifact": ("stored a file of {thing}", "store a file"),
    "DELETE artifacts/{artifact_path:path}": ("deleted files of {thing}", "delete files"),
    "POST registered-models/create": ("registered {thing}", "register a model"),
    "PATCH registered-models/update": ("described {thing}", "describe a model"),
    "POST registered-models/rename": ("renamed {thing}", "rename a model"),
    "DELETE registered-models/delete": ("deleted {thing}", "delete a model"),
    "POST registered-models/alias": ("set an alias: {thing}", "set an alias"),
    "DELETE registered-models/alias": ("took an alias away: {thing}", "take an alias away"),
    "POST registered-models/set-tag": ("tagged {thing}", "tag a model"),
    "POST model-versions/create": ("added a version to {thing}", "add a version"),
    "PATCH model-versions/update": ("described {thing}", "describe a version"),
    "POST model-versions/set-tag": ("tagged {thing}", "tag a version"),
    "POST model-versions/transition-stage": ("changed the stage of {thing}", "change a stage"),
    "DELETE model-versions/delete": ("deleted {thing}", "delete a version"),
    "POST traces": ("logged a trace into {thing}", "log a trace"),
    "POST traces/delete-traces": ("deleted traces of {thing}", "delete traces"),
}
_ROUTE = re.compile(r"(?P<method>[A-Z]+) /(?:api/\d\.\d/mlflow(?:-artifacts)?/)?(?P<tail>.*)", re.S)
_MODEL = re.compile(r"(?P<name>.+?)(?: version (?P<version>\d+))?(?: alias (?P<alias>.+))?", re.S)
# Ids have so many letters in a sentence; the link has all of them.
_ID = 8
_SOMETHING = "something"


@dataclass(frozen=True)
class Writer:
    """Writes events for one reader.

    `names` are the projects that the reader knows, by slug; into those of `mine` links lead.
    `within` is the one project that is looked at: no sentence names it.
    """

    names: Mapping[str, str]
    mine: frozenset[str]
    within: str = ""

    def sentence(self, event: Json) -> str:
        """What happened, as Markdown."""
        operation, slug = str(event["operation"]), str(event["project"])
        did, asked = _phrase(operation)
        if event["outcome"] == "allowed":
            template = did
        elif event["outcome"] == "denied":
            template = f"was not allowed to {asked}"
        else:
            template = f"tried to {asked}, which failed"
        words = template.format_map(_Slots(self._slots(event)))
        said = [self._person(str(event["user"])) if event["user"] else "Somebody", words]
        if slug and slug != self.within and "{project}" not in template:
            said.append(f"in {self._project(slug)}")
        if event["outcome"] != "allowed" and event["reason"]:
            said.append(f"({widgets.plain(event['reason'])})")
        if event["count"] > 1:
            said.append(f":gray[{event['count']} times]")
        return " ".join(said)

    def _slots(self, event: Json) -> dict[str, Callable[[], str]]:
        target, slug = str(event["target"]), str(event["project"])
        name, _, rest = target.partition(": ")
        return {
            "person": lambda: self._person(name),
            "member": lambda: self._person(rest),
            "group": lambda: f"**{widgets.plain(name)}**",
            "rest": lambda: widgets.plain(rest),
            "text": lambda: widgets.plain(target),
            "thing": lambda: self._thing(target, slug),
            "project": lambda: self._project(slug),
            "operation": lambda: f"`{event['operation']}`",
        }

    def _person(self, username: str) -> str:
        if not username:
            return _SOMETHING
        return _link(username, "audit", project=self.within, user=username)

    def _project(self, slug: str) -> str:
        if not slug:
            return "a project"
        page = "members" if slug in self.mine else "audit"
        return _link(self.names.get(slug, slug), page, project=slug)

    def _thing(self, target: str, slug: str) -> str:
        word, _, name = target.partition(" ")
        if word == "logged":
            word, name = "logged model", name.removeprefix("model ")
        if not name:
            return widgets.plain(target) or _SOMETHING
        if word == "name":
            return f"**{widgets.plain(name)}**"
        if word == "model":
            return self._model(name, slug)
        short = name[:_ID] if len(name) > 2 * _ID else name
        pages = {"run": "run_id", "trace": "trace_id", "experiment": "experiment_id"}
        if slug not in self.mine or word not in pages:
            return widgets.plain(f"{word} {short}")
        page = "runs" if word == "experiment" else word
        return _link(f"{word} {short}", page, **{"project": slug, pages[word]: name})

    def _model(self, said: str, slug: str) -> str:
        found = _MODEL.fullmatch(said)
        if found is None or slug not in self.mine:
            return widgets.plain(f"model {said}")
        more = said.removeprefix(found["name"])
        return _link(f"model {found['name']}", "model", project=slug, model=found["name"]) + (
            widgets.plain(more) and f" {widgets.plain(more)}"
        )


class _Slots(dict[str, str]):
    """The texts of slots, each written when a sentence has it."""

    def __init__(self, writers: Mapping[str, Callable[[], str]]) -> None:
        super().__init__()
        self._writers = writers

    def __missing__(self, slot: str) -> str:
        return self._writers[slot]() or _SOMETHING


def _phrase(operation: str) -> tuple[str, str]:
    if operation in _STUDIO:
        return _STUDIO[operation]
    route = _ROUTE.fullmatch(operation)
    call = f"{route['method']} {route['tail']}" if route else ""
    return _MLFLOW.get(call, ("called {operation} for {thing}", "call {operation}"))


def _link(label: str, page: str, **params: str) -> str:
    return f"[{widgets.plain(label)}]({navigation.url(page, **params)})"

"""What a row of THE TABLE is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, Unpack

from ...access.decisions.roles import Action
from ...mlflow.versions import OLDEST


class Thing(StrEnum):
    """A kind of thing that lives in exactly one project and never moves."""

    RUN = "run"
    MODEL = "logged model"
    EXPERIMENT = "experiment"
    TRACE = "trace"
    DATASET = "evaluation dataset"
    ISSUE = "issue"
    ENDPOINT = "gateway endpoint"


@dataclass(frozen=True, slots=True)
class Ref:
    """A field that names something beside the main one: `Ref(MODEL, "metrics.*.model_id")`.

    `field` is a dotted path into the JSON body, the name of a query field of a GET, or the name
    of a variable of the row's path; `*` stands for each element of a list. camelCase is found as
    well. `written` marks a thing that the call writes onto, beside its main one.
    """

    thing: Thing
    field: str
    written: bool = False


class RunAt(StrEnum):
    """Where a call names the one run it is about; each is a function in `one_run.py`."""

    FIELDS = "fields"
    LIST = "list"
    QUERY = "query"
    PATH = "path"


class Check(StrEnum):
    """A look that a `Ref` cannot tell; each is a function in `checks.py`."""

    VERSION_SOURCE = "version_source"
    OWN_ARTIFACTS = "own_artifacts"
    OWN_FOLDER = "own_folder"
    SAFE_PATH = "safe_path"
    PATH_ID_IN_BODY = "path_id_in_body"
    ASSESSMENT = "assessment"
    TRACE_TAGS = "trace_tags"
    UPLOAD_PARTS = "upload_parts"
    PRESIGNED = "presigned"
    WEBHOOK_TARGET = "webhook_target"
    OWN_BUDGET = "own_budget"
    GRAPHQL = "graphql"
    LINK = "link"
    STORED_SKILLS = "stored_skills"
    NEW_ISSUE = "new_issue"
    EXPERIMENT_TAGS = "experiment_tags"
    FILTER = "filter"
    SKILL_NAME = "skill_name"
    SKILL_SOURCE = "skill_source"
    SKILL_ICONS = "skill_icons"
    SKILL_STATUS = "skill_status"
    SEEN_NAME = "seen_name"


class Stamp(StrEnum):
    """How authorship is written into a body; each is a function in `authorship.py`."""

    RUN = "run"
    TAGS = "tags"
    KEEP = "keep"
    TRACE = "trace"
    TRACE_V2 = "trace_v2"
    ASSESSMENT = "assessment"
    DATASET = "dataset"
    DATASET_TAGS = "dataset_tags"
    RECORDS = "records"
    CREATOR = "creator"
    OWNER = "owner"
    REVIEWER = "reviewer"
    UPDATER = "updater"
    EDITOR = "editor"


class Surface(StrEnum):
    """What a browser makes of an answer; responses/security_headers.py has the headers."""

    PAGE = "page"
    ASSET = "asset"
    ARTIFACT = "artifact"


class Use(StrEnum):
    """What a call uses up of the project's limits beside a request; `quotas.py` counts it.

    RUN begins a run; BYTES is a file in the body; ROOM leads to a file that passes us by. TEXT is
    a trace or a description: the whole body; TAGS the tags of a body that holds other things too,
    which a RUN has as well.
    """

    RUN = "run"
    BYTES = "bytes"
    ROOM = "room"
    TEXT = "text"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Silent:
    """How it is known that MLflow finds nothing to do and answers 200 (responses/silent.py).

    `there` is the address of what the call is about, with names of its fields and headers in
    braces: 200 if the project has it. `stays` marks what nobody takes away, so that it is looked
    for once. `traces` is the field with the traces that the call is about, `count` the field of
    MLflow's answer that says how many things it found.
    """

    there: str = ""
    stays: bool = False
    traces: str = ""
    count: str = ""


class Own(StrEnum):
    """What is answered here and not by MLflow, by responses/local_responses.py."""

    WORKSPACES = "workspaces"
    WORKSPACE = "workspace"
    PERSON = "person"
    SERVER = "server"


class Trashed(StrEnum):
    """What a call deletes for good at MLflow and is kept before; each a function in `trash.py`."""

    MODEL = "model"
    VERSION = "version"
    SKILL = "skill"
    SKILL_VERSION = "skill version"


class Feature(StrEnum):
    """A part of MLflow that an operator switches on by STUDIO_MLFLOW_FEATURES."""

    GATEWAY = "gateway"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `action` None means any signed-in person; `streamed` bodies are never held.

    `spans` marks a body of OpenTelemetry; other bodies that are not streamed are JSON objects. A
    row with a `form` takes multipart/form-data as well, which is streamed.
    `ajax` marks what MLflow serves under `/ajax-api` only; a row of a `feature` is closed until
    the feature is on. A `surface` gives the answer headers for browsers; an `own` row is answered
    here. A token of one run passes only rows with a `run`, which says where that run is named.
    What a `trashed` row deletes is kept in the trash first. `uses` is what a call takes of the
    project's limits. `since` is the first of `VERSIONS` whose MLflow has the route. A `silent` row
    answers 200 also where it finds nothing. A `large` row carries a batch, a trace, records or a
    document, and takes a body of so many MiB, or of STUDIO_MAX_REQUEST_MB if that is less; every
    other JSON body has bodies.SMALL_BYTES. `texts` are fields whose text MLflow parses as JSON once
    more.
    """

    method: str
    path: str
    action: Action | None
    names: tuple[Ref, ...] = ()
    checks: tuple[Check, ...] = ()
    stamp: Stamp | None = None
    streamed: bool = False
    ajax: bool = False
    feature: Feature | None = None
    spans: bool = False
    surface: Surface | None = None
    own: Own | None = None
    run: RunAt | None = None
    trashed: Trashed | None = None
    uses: Use | None = None
    since: str = OLDEST
    form: bool = False
    silent: Silent | None = None
    large: int = 0
    texts: tuple[str, ...] = ()

    @property
    def operation(self) -> str:
        """The row's name in logs and the audit trail."""
        return f"{self.method} {self.path}"


class Traits(TypedDict, total=False):
    """What a row may say besides method, path and action: the fields of `Rule` by name."""

    names: tuple[Ref, ...]
    checks: tuple[Check, ...]
    stamp: Stamp | None
    streamed: bool
    ajax: bool
    feature: Feature | None
    surface: Surface | None
    run: RunAt | None
    trashed: Trashed | None
    uses: Use | None
    form: bool
    silent: Silent | None
    large: int
    texts: tuple[str, ...]


class Family:
    """Makes rows whose paths begin alike, and which came with one version of MLflow."""

    def __init__(self, prefix: str, since: str = OLDEST) -> None:
        self._prefix = prefix
        self._since = since

    def __call__(
        self, method: str, path: str, action: Action | None, **traits: Unpack[Traits]
    ) -> Rule:
        """One row of the family."""
        return Rule(method, self._prefix + path, action, since=self._since, **traits)

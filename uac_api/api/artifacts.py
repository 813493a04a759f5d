"""Files of a run or a logged model as one zip: all of them, a folder, or those that were chosen.

A zip counts as one file under way, of its person and of all; like every file that goes through, it
is never held here as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from flask import Response
from flask_openapi3 import APIBlueprint

from ..mlflow.artifacts import Root
from ..traffic import kind_of
from . import zip_stream
from .schemas.artifacts import MEDIA_TYPE, ZIP, ChosenFiles, LoggedModelPath, RunPath
from .schemas.responses import DOCUMENTED, MLFLOW_TROUBLE
from .services import hold, require, services
from .zip_stream import Member

blueprint = APIBlueprint(
    "artifacts", __name__, url_prefix="/studio/v1/projects/<slug>", **DOCUMENTED
)
# What no file system takes, or takes for more than a name.
_ODD = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


@blueprint.get("/runs/<run_id>/artifacts.zip", responses={200: ZIP, **MLFLOW_TROUBLE})
def of_run(path: RunPath, query: ChosenFiles) -> Response:
    """Files of a run as a zip: those of each `path`, a file or a folder, or all."""
    return _zip(path.slug, Root("run", path.run_id), query.path)


@blueprint.get("/logged-models/<model_id>/artifacts.zip", responses={200: ZIP, **MLFLOW_TROUBLE})
def of_logged_model(path: LoggedModelPath, query: ChosenFiles) -> Response:
    """Files of a logged model as a zip: those of each `path`, a file or a folder, or all."""
    return _zip(path.slug, Root("logged model", path.model_id), query.path)


def _zip(slug: str, root: Root, paths: Sequence[str]) -> Response:
    principal = require("artifacts.download", slug)
    here = services()
    here.meter.request(principal.grants[slug])
    hold(here.shares.hold_file(principal))
    hold(here.file_places[kind_of(principal)].hold())
    files = here.artifacts.files(slug, root, paths)
    # What was chosen alone lies at the top, everything else in a folder with the root's id.
    parent, _, name = paths[0].rpartition("/") if len(paths) == 1 else ("", "", root.id)
    cut, top = (len(f"{parent}/") if parent else 0, "") if len(paths) == 1 else (0, f"{root.id}/")
    members = (
        Member(top + file.path[cut:], file.size, here.artifacts.read(slug, root, file.path))
        for file in files
    )
    response = Response(zip_stream.stream(members), mimetype=MEDIA_TYPE)
    response.headers["Content-Disposition"] = _attachment(f"{name}.zip")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _attachment(name: str) -> str:
    """The header that has a browser keep a file under this name (RFC 6266)."""
    plain = _ODD.sub("_", name)
    old = plain.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{old}\"; filename*=UTF-8''{quote(plain, safe='')}"

"""A change, or with `?preview=true` what it would do to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Response
from sqlalchemy.orm import Session

from ...access.decisions import preview
from ...access.decisions.preview import Scope
from ..json import Json, no_content, shape
from ..schemas.projects.grants import DifferenceOut, Preview, PreviewOut
from ..services import services

__all__ = ["Scope", "carried_out"]


def carried_out(
    query: Preview, scope: Callable[[Session], Scope], work: Callable[[Session], Json | None]
) -> Json | Response:
    """The answer of `work`, saved; in a preview the differences it makes, with nothing saved.

    Both ways do the same work in a transaction, so they refuse the same and cannot disagree.
    """
    here = services()
    if not query.preview:
        return here.database.write(work) or no_content()
    found = here.database.rehearse(lambda session: preview.rehearsed(session, scope, work))
    rows = [DifferenceOut(**asdict(one)) for one in found]
    return shape(PreviewOut(differences=rows)), 200

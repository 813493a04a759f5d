"""Delays after wrong passwords, for administrators: /studio/v1/sign-in-delays."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.credentials import sign_in_delays
from ..json import Json, no_content, shape
from ..schemas.credentials.sign_in_delays import DelaysToClear, SignInDelayOut, SignInDelaysOut
from ..schemas.queries import Search
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services

blueprint = APIBlueprint(
    "sign_in_delays", __name__, url_prefix="/studio/v1/sign-in-delays", **DOCUMENTED
)


@blueprint.get("", responses={200: SignInDelaysOut})
def listed(query: Search) -> Json:
    """Counts of wrong passwords, the latest first; `query` finds parts of names and addresses."""
    principal = require("sign_in_delays.list")
    here = services()
    question = ("sign-in-delays", query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token)
    found = here.database.read(
        lambda session: sign_in_delays.page(
            session,
            query=query.query,
            after=(datetime.fromisoformat(after[0]), after[1], after[2]) if after else None,
            limit=query.max_results + 1,
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        at, kind, name = shown[-1].position
        token = here.page_tokens.write(principal.username, question, [at.isoformat(), kind, name])
    rows = [_row(one) for one in shown]
    return shape(SignInDelaysOut(sign_in_delays=rows, next_page_token=token)), 200


@blueprint.delete("", responses={204: None})
def clear(query: DelaysToClear) -> Response:
    """Forget the wrong passwords of an account, of an address, or of an account at an address."""
    require("sign_in_delays.clear")

    def work(session: Session) -> None:
        target = sign_in_delays.clear(session, account=query.account, address=query.address)
        record(session, target, status=204)

    services().database.write(work)
    return no_content()


def _row(one: sign_in_delays.Delay) -> SignInDelayOut:
    return SignInDelayOut(**{name: getattr(one, name) for name in SignInDelayOut.model_fields})

"""The routes that write the cookies, which no script can read.

Only what a page of this Studio sends comes here (studio_app/app/admission.py).
"""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from studio_app.api import client_headers
from studio_app.api.client import ApiError, Client
from studio_app.auth import cookie, single_sign_on
from studio_app.settings import settings

_MAX_BODY = 4096
# Long enough to think of a password.
_INVITATION_OPEN = timedelta(minutes=30)

# What may stand in a cookie, and nothing that does not look like an invitation.
_INVITATION = re.compile(r"msi_[a-z0-9]{1,32}_[A-Za-z0-9_-]{1,128}")

_log = logging.getLogger("studio_app")


async def set_session(request: Request) -> Response:
    """Turns a one-time ticket into the cookies of a session: 204, or 400, 401, 503."""
    ticket = await _field(request, "ticket")
    if not ticket:
        return JSONResponse({"message": "Send the sign-in ticket as JSON."}, 400)
    try:
        session = await run_in_threadpool(_client(request).redeem, ticket)
    except ApiError as error:
        _log.warning("a sign-in ticket was refused: %s %s", error.status, error.reason)
        return JSONResponse({"message": error.message, "reason": error.reason}, error.status)
    answer, ends = Response(status_code=204), datetime.fromisoformat(session["expires_at"])
    cookie.SESSION.put(request, answer, session["token"], ends)
    cookie.INTERFACE.put(request, answer, session["interface"], ends)
    # Whoever signs in needs no invitation any more; by accepting it, it is used up.
    if cookie.INVITATION.name in request.cookies:
        cookie.INVITATION.drop(request, answer)
    if single_sign_on.began_here(request):
        cookie.SINGLE_SIGN_ON.put(request, answer, "yes", ends)
    single_sign_on.forget(request, answer)
    return answer


async def keep_invitation(request: Request) -> Response:
    """Keeps the secret of an invitation for the page that accepts it: 204, or 400.

    It comes from behind the # of the link and goes into a cookie: no address, log, Referer or
    history of the browser holds it after that.
    """
    invitation = await _field(request, "invitation")
    if not invitation or not _INVITATION.fullmatch(invitation):
        return JSONResponse({"message": "Open the whole link of your invitation."}, 400)
    answer = Response(status_code=204)
    cookie.INVITATION.put(request, answer, invitation, datetime.now(UTC) + _INVITATION_OPEN)
    return answer


async def clear_session(request: Request) -> Response:
    """Ends the session that the cookie names, on the server too, and deletes the cookies.

    For a session that began at the identity provider the answer says where it ends there.
    """
    token = cookie.SESSION.read(request.cookies)
    if token:
        try:
            await run_in_threadpool(_client(request, token).sign_out)
        except ApiError as error:
            if error.status != 401:
                _log.warning("a session could not be ended: %s %s", error.status, error.reason)
    by_provider = cookie.SINGLE_SIGN_ON.read(request.cookies) is not None
    next_ = await run_in_threadpool(_way_out) if by_provider else None
    answer = JSONResponse({"next": next_}) if next_ else Response(status_code=204)
    for one in (cookie.SESSION, cookie.INTERFACE, cookie.SINGLE_SIGN_ON):
        one.drop(request, answer)
    single_sign_on.forget(request, answer)
    return answer


def _client(request: Request, token: str | None = None) -> Client:
    return Client(settings().api_url, token, visitor=client_headers.of_request(request))


async def forget_sign_in(request: Request) -> Response:
    """Drops what Streamlit kept of a sign-in at the identity provider that was refused here."""
    answer = Response(status_code=204)
    single_sign_on.forget(request, answer)
    return answer


def _way_out() -> str | None:
    try:
        health = Client(settings().api_url).single_sign_on()
    except ApiError:
        return None
    return single_sign_on.way_out(settings(), health)


async def _field(request: Request, name: str) -> str | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_BODY:
            return None
    try:
        value = json.loads(body)[name]
    except (ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None

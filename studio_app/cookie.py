"""The cookies are HttpOnly: only these routes write them, no script can read them."""

import json
import logging
import re
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from studio_app import single_sign_on, visitor
from studio_app.client import ApiError, Client
from studio_app.session import COOKIE, INVITATION_COOKIE
from studio_app.settings import origin, settings

_MAX_BODY = 4096
# Long enough to think of a password.
_INVITATION_SECONDS = 30 * 60

# What may stand in a cookie, and nothing that does not look like an invitation.
_INVITATION = re.compile(r"msi_[a-z0-9]{1,32}_[A-Za-z0-9_-]{1,128}")

_log = logging.getLogger("studio_app")


async def set_session(request: Request) -> Response:
    """Turns a one-time ticket into the session cookie: 204, or 400, 401, 403, 503."""
    if not _from_studio(request):
        return _refused(request)
    ticket = await _field(request, "ticket")
    if not ticket:
        return JSONResponse({"message": "Send the sign-in ticket as JSON."}, 400)
    try:
        session = await run_in_threadpool(_client(request).redeem, ticket)
    except ApiError as error:
        _log.warning("a sign-in ticket was refused: %s %s", error.status, error.reason)
        return JSONResponse({"message": error.message, "reason": error.reason}, error.status)
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE,
        session["token"],
        max_age=_seconds_until(session["expires_at"]),
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
    # Whoever signs in needs no invitation any more; by accepting it, it is used up.
    if INVITATION_COOKIE in request.cookies:
        answer.delete_cookie(
            INVITATION_COOKIE, httponly=True, samesite="strict", secure=_secure(request)
        )
    if single_sign_on.began_here(request):
        _mark(request, answer, session["expires_at"])
    single_sign_on.forget(request, answer)
    return answer


async def keep_invitation(request: Request) -> Response:
    """Keeps the secret of an invitation for the page that accepts it: 204, or 400, 403.

    It comes from behind the # of the link and goes into a cookie: no address, log, Referer or
    history of the browser holds it after that.
    """
    if not _from_studio(request):
        return _refused(request)
    invitation = await _field(request, "invitation")
    if not invitation or not _INVITATION.fullmatch(invitation):
        return JSONResponse({"message": "Open the whole link of your invitation."}, 400)
    answer = Response(status_code=204)
    answer.set_cookie(
        INVITATION_COOKIE,
        invitation,
        max_age=_INVITATION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=_secure(request),
    )
    return answer


async def clear_session(request: Request) -> Response:
    """Ends the session that the cookie names, on the server too, and deletes the cookie.

    For a session that began at the identity provider the answer says where it ends there.
    """
    if not _from_studio(request):
        return _refused(request)
    token = request.cookies.get(COOKIE)
    if token:
        try:
            await run_in_threadpool(_client(request, token).sign_out)
        except ApiError as error:
            if error.status != 401:
                _log.warning("a session could not be ended: %s %s", error.status, error.reason)
    next_ = await run_in_threadpool(_way_out) if single_sign_on.MARK in request.cookies else None
    answer = JSONResponse({"next": next_}) if next_ else Response(status_code=204)
    for name in (COOKIE, single_sign_on.MARK):
        answer.delete_cookie(name, httponly=True, samesite="lax", secure=_secure(request))
    single_sign_on.forget(request, answer)
    return answer


def _client(request: Request, token: str | None = None) -> Client:
    return Client(settings().api_url, token, visitor=visitor.of_request(request))


async def forget_sign_in(request: Request) -> Response:
    """Drops what Streamlit kept of a sign-in at the identity provider that was refused here."""
    if not _from_studio(request):
        return _refused(request)
    answer = Response(status_code=204)
    single_sign_on.forget(request, answer)
    return answer


def _mark(request: Request, answer: Response, ends: str) -> None:
    answer.set_cookie(
        single_sign_on.MARK,
        "yes",
        max_age=_seconds_until(ends),
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )


def _way_out() -> str | None:
    try:
        health = Client(settings().api_url).single_sign_on()
    except ApiError:
        return None
    return single_sign_on.way_out(settings(), health)


def _from_studio(request: Request) -> bool:
    """Whether a page of this Studio sent the request; a request without Origin did not."""
    sent = request.headers.get("origin", "")
    if sent == settings().public_origin:
        return True
    # The same server under another name of this machine, such as localhost: the page and the
    # route share one host, so the cookie stays with the origin that asked for it.
    host = request.headers.get("host", "")
    return bool(host) and sent == origin(f"{request.url.scheme}://{host}")


def _refused(request: Request) -> Response:
    _log.warning("a session request came from origin %r", request.headers.get("origin"))
    text = f"Open ML Studio at {settings().public_url} and sign in there."
    return JSONResponse({"message": text, "reason": "wrong_origin"}, 403)


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


def _seconds_until(moment: str) -> int:
    until = datetime.fromisoformat(moment)
    return max(0, int((until - datetime.now(UTC)).total_seconds()))


def _secure(request: Request) -> bool:
    return settings().secure_cookie or request.url.scheme == "https"

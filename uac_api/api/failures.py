"""Every error of the management API leaves in the one JSON shape."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Flask, Response, request
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from ..access.audit import events
from ..access.errors import AccessError
from ..errors import (
    BadRequest,
    Conflict,
    Missing,
    StudioError,
    TooLarge,
    Unauthenticated,
    WrongMethod,
    from_access,
    is_denial,
)
from ..request_body import SMALL, is_pending
from ..request_facts import facts_of
from .services import (
    begin,
    entry,
    give_back,
    hand_over,
    hold,
    is_member,
    recognize,
    request_id,
    services,
)

_log = structlog.get_logger("uac.api")
# The reason of a refusal that must look like a missing project.
HIDDEN = "no_such_project"
# What is refused before its body is read is no operation yet.
UNREAD = "unknown request"


def register(app: Flask) -> None:
    """Hand all errors of the application to this module."""
    app.before_request(_recognized_sender)
    app.before_request(_plain_json)
    app.after_request(hand_over)
    app.teardown_request(give_back)
    app.register_error_handler(StudioError, _studio)
    app.register_error_handler(AccessError, _access)
    app.register_error_handler(IntegrityError, _vanished)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def invalid_fields(error: ValidationError) -> Response:
    """The answer to fields of the wrong kind; names each, and never repeats a value."""
    problems = [
        f"{'.'.join(str(part) for part in one['loc']) or 'body'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    ]
    return _answer(BadRequest("; ".join(problems) + ".", reason="invalid_fields"))


def _recognized_sender() -> None:
    """Recognise who sends a body that is still to come, before a thread waits for it."""
    if request.routing_exception is not None or not is_pending(request.environ):
        return
    begin(UNREAD)
    if "Authorization" not in request.headers:
        raise TooLarge(f"Without credentials a body may have {SMALL // 1024} KiB. Send less.")
    recognize()
    hold(services().shares.hold_body())


def _plain_json() -> None:
    if request.routing_exception is not None or request.method not in ("POST", "PUT", "PATCH"):
        return
    # A body in chunks is cut at the limit by Werkzeug, without a word.
    if request.content_length is None and len(request.get_data()) == request.max_content_length:
        raise RequestEntityTooLarge
    try:
        document = request.get_json(force=True, silent=True)
    except RecursionError:
        document = None
    if not isinstance(document, dict):
        raise BadRequest("The body must be a JSON object.", reason="broken_json")


def _answer(error: StudioError) -> Response:
    facts_of(request.environ).reason = error.reason
    response = Response(error.body(request_id()), error.status, mimetype="application/json")
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="ML Studio"'
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _studio(error: StudioError) -> Response:
    too_often = error.status == HTTPStatus.TOO_MANY_REQUESTS
    if is_denial(error) or too_often or error.reason == HIDDEN:
        facts_of(request.environ).decision = events.DENIED
        denied = entry(events.DENIED, target=error.target, status=error.status, reason=error.reason)
        trail = services().trail
        (trail.record if is_member() else trail.record_stranger)(denied)
    return _answer(error)


def _access(error: AccessError) -> Response:
    return _studio(from_access(error))


def _vanished(_error: IntegrityError) -> Response:
    # A row was to point at a person or a project that was deleted while this request was under way.
    return _answer(
        Conflict(
            "Something that this needs changed at the same moment. Nothing was done: try again.",
            reason="changed_meanwhile",
        )
    )


def _http(error: HTTPException) -> Response:
    match error:
        case NotFound():
            return _answer(Missing("There is nothing at this address.", reason="no_such_address"))
        case MethodNotAllowed():
            return _answer(WrongMethod("This address does not know the method."))
        case RequestEntityTooLarge():
            return _answer(TooLarge("The body is over the limit of 1 MiB."))
    return _answer(BadRequest("The request cannot be read. Check how it is written."))


def _unexpected(_error: Exception) -> Response:
    _log.exception("api_failed", request_id=request_id())
    return _answer(
        StudioError("Something went wrong in ML Studio. Tell an operator the request id.")
    )

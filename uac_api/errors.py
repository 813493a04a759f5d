"""The exception tree of both interfaces, and the one JSON shape in which every error leaves.

The shape is MLflow's own, `{"error_code", "message"}`, plus `reason` and `request_id`, so that the
mlflow client prints our sentence.

StudioError          has a status, an error code, a reason and a sentence
├── BadRequest       400   ├── TooSlowToSend 408   ├── BadUpstream   502
├── Unauthenticated  401   ├── Conflict      409   ├── Unavailable   503
├── Forbidden        403   ├── TooLarge      413   └── TooSlow       504
├── Missing          404   ├── TooMany       429
└── NoEndpoint       404   └── ...
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from .access import errors as access
from .access.decisions.decide import Decision


class StudioError(Exception):
    """An answer that is not the one hoped for.

    `retry_after` becomes the header of that name; `target` is for the audit trail only. `facts` are
    further fields of the answer.
    """

    retry_after: int | None = None
    target = ""
    facts: Mapping[str, object] = {}
    status = 500
    error_code = "INTERNAL_ERROR"
    reason = "internal_error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if reason is not None:
            self.reason = reason

    def body(self, request_id: str) -> bytes:
        """The JSON document of this error."""
        return json.dumps(
            {
                **self.facts,
                "error_code": self.error_code,
                "message": self.message,
                "reason": self.reason,
                "request_id": request_id,
            }
        ).encode()


class BadRequest(StudioError):
    """What was asked cannot be understood in one way only."""

    status, error_code, reason = 400, "INVALID_PARAMETER_VALUE", "invalid"


class InvalidQuery(BadRequest):
    """A question to the reading room that it does not take; `facts` say where the mistake is.

    They are the position in the filter, what was found there, what was expected, and the nearest
    name that there is.
    """

    def __init__(self, message: str, *, reason: str, facts: Mapping[str, object]) -> None:
        super().__init__(message, reason=reason)
        self.facts = facts


class IncompleteBody(BadRequest):
    """The client ended its body before the end that it had announced."""

    reason = "incomplete_body"

    def __init__(self) -> None:
        super().__init__("The body ended before its end. Send it again.")


class Unauthenticated(StudioError):
    """Nobody could be recognised."""

    status, error_code, reason = 401, "UNAUTHENTICATED", "wrong_credentials"


class Forbidden(StudioError):
    """Recognised, but not allowed."""

    status, error_code, reason = 403, "PERMISSION_DENIED", "forbidden"


class Missing(StudioError):
    """There is no such thing, or none that may be known."""

    status, error_code, reason = 404, "RESOURCE_DOES_NOT_EXIST", "not_found"


class NoEndpoint(StudioError):
    """The MLflow behind has no such request; newer clients then ask in an older way."""

    status, error_code, reason = 404, "ENDPOINT_NOT_FOUND", "unknown_route"


class WrongMethod(StudioError):
    """The address exists, but not with this method."""

    status, error_code, reason = 405, "ENDPOINT_NOT_FOUND", "wrong_method"


class TooSlowToSend(StudioError):
    """The client did not send its request in time; every client of MLflow sends it again."""

    status, error_code, reason = 408, "DEADLINE_EXCEEDED", "too_slow"

    def __init__(self) -> None:
        super().__init__(
            "The request did not arrive in time. Send it again; if the network is slow, send less "
            "at once."
        )


class AlreadyExists(StudioError):
    """The name is taken."""

    status, error_code, reason = 409, "RESOURCE_ALREADY_EXISTS", "already_exists"


class Conflict(StudioError):
    """The change does not fit what is there now."""

    status, error_code, reason = 409, "CONFLICT", "conflict"


class TooLarge(StudioError):
    """The body is over the limit."""

    status, error_code, reason = 413, "REQUEST_TOO_LARGE", "too_large"


class AddressTooLong(StudioError):
    """The address is over the limit."""

    status, error_code, reason = 414, "INVALID_PARAMETER_VALUE", "address_too_long"


class HeadersTooLarge(StudioError):
    """The headers are over the limit."""

    status, error_code, reason = 431, "INVALID_PARAMETER_VALUE", "headers_too_large"


class TooMany(StudioError):
    """One caller has too much under way at once, or asks too often."""

    status, error_code, reason = 429, "REQUEST_LIMIT_EXCEEDED", "too_many_calls"
    retry_after = 1


class TooFast(StudioError):
    """The project was asked too often this minute."""

    status, error_code, reason = 429, "REQUEST_LIMIT_EXCEEDED", "quota_requests"


class TooManyAttempts(StudioError):
    """Too many wrong passwords came before."""

    status, error_code, reason = 429, "REQUEST_LIMIT_EXCEEDED", "too_many_attempts"


class BadUpstream(StudioError):
    """MLflow answered something that is no answer."""

    status, error_code, reason = 502, "TEMPORARILY_UNAVAILABLE", "mlflow_bad_answer"


class Unavailable(StudioError):
    """Something we depend on is down; the reason names it."""

    status, error_code, reason = 503, "TEMPORARILY_UNAVAILABLE", "mlflow_unavailable"
    retry_after = 1


class Unsent(Unavailable):
    """MLflow did not take the request, and nothing of it was sent."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotForwarded(StudioError):
    """A change of which nothing was sent to MLflow: whoever wants it may send it again.

    429 because every client of MLflow repeats a POST then. Those of 3.18 and later take 503 for
    "may have been carried out" (mlflow/utils/rest_utils.py, _UNPROCESSED_REQUEST_RESPONSE_CODES).
    """

    status, error_code, reason = 429, "TEMPORARILY_UNAVAILABLE", "mlflow_unavailable"

    def __init__(self, cause: Unsent) -> None:
        super().__init__(cause.message, reason=cause.reason)
        self.retry_after = cause.retry_after


class StoreFailed(StudioError):
    """What MLflow keeps its files in does not do what it should."""

    status, error_code, reason = 503, "TEMPORARILY_UNAVAILABLE", "artifact_store_unavailable"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__(
            "The artifact store of MLflow did not do this. It may be down or full, or refuse "
            "MLflow. Try again in a moment; if it stays so, an operator finds the cause with "
            "`studio doctor`."
        )


class TooSlow(StudioError):
    """MLflow did not answer in time."""

    status, error_code, reason = 504, "DEADLINE_EXCEEDED", "mlflow_timeout"


_FROM_ACCESS: dict[type[access.AccessError], type[StudioError]] = {
    access.Invalid: BadRequest,
    access.NotFound: Missing,
    access.AlreadyExists: AlreadyExists,
    access.Stale: Conflict,
    access.LastOwner: Conflict,
    access.TooOften: TooMany,
    access.TooFast: TooFast,
    access.Exhausted: Forbidden,
    access.KeptByClaims: Conflict,
    access.WrongCredentials: Unauthenticated,
    access.TooManyAttempts: TooManyAttempts,
    access.DatabaseUnavailable: Unavailable,
}


def from_access(error: access.AccessError) -> StudioError:
    """What an error of the access layer is to the outside."""
    made = _FROM_ACCESS[type(error)](error.message, reason=error.reason)
    made.target = error.target
    if error.retry_after is not None:
        made.retry_after = error.retry_after
    return made


def is_denial(error: StudioError) -> bool:
    """Whether the audit trail remembers the refusal: somebody was not let in, or not allowed."""
    return isinstance(error, Unauthenticated | Forbidden | TooFast | TooManyAttempts)


def refuse(decision: Decision) -> StudioError:
    """The error for a decision that says no; a hidden project is simply not there."""
    kind = Missing if decision.hidden else Forbidden
    return kind(decision.message, reason=decision.reason)

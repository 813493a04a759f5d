"""Every failed call to the API is one of these exceptions.

ApiError            the API answered with an error
├── SignedOut       401: the session ended, or never was
├── TooSlow         504: the question was ended because it took too long
└── Unavailable     the API, its database or MLflow cannot answer at the moment
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")

# What every error says.
SHAPE = ("error_code", "message", "reason", "request_id")


class ApiError(Exception):
    """The API refused or failed; `message` is a sentence that may be shown to the person.

    `facts` are what else the answer says: of a filter where its mistake is, and what was expected.
    """

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        reason: str = "",
        request_id: str = "",
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{status} {error_code}: {message}")
        self.status = status
        self.error_code = error_code
        self.message = message
        self.reason = reason
        self.request_id = request_id
        self.facts = dict(facts or {})


class SignedOut(ApiError):
    """401: the form must be shown."""


class TooSlow(ApiError):
    """504 `too_slow`: asking for less is answered, asking the same again is not."""


class Unavailable(ApiError):
    """502, 503, 504, a refused connection or a time-out: worth trying again soon."""


def if_there(ask: Callable[[], T]) -> T | None:
    """What the API answers; None where that is 404: it is gone, or never was."""
    try:
        return ask()
    except ApiError as error:
        if error.status != 404:
            raise
        return None


def unless_refused(ask: Callable[[], T], otherwise: T) -> T:
    """What the API answers; `otherwise` where it refuses, for what a page can do without.

    That the session has ended, or that the API is away, is raised: the whole page is to say so.
    """
    try:
        return ask()
    except (SignedOut, Unavailable):
        raise
    except ApiError:
        return otherwise


def from_answer(status: int, body: object, request_id: str) -> ApiError:
    """The exception for an error answer, whatever its body holds."""
    fields = body if isinstance(body, dict) else {}
    reason = str(fields.get("reason") or "")
    return _kind(status, reason)(
        status=status,
        error_code=str(fields.get("error_code") or "INTERNAL_ERROR"),
        message=str(fields.get("message") or _unexplained(status)),
        reason=reason,
        request_id=str(fields.get("request_id") or request_id),
        facts={name: value for name, value in fields.items() if name not in SHAPE},
    )


def _kind(status: int, reason: str) -> type[ApiError]:
    if status == 401:
        return SignedOut
    if status == 504 and reason == "too_slow":
        return TooSlow
    return Unavailable if status in {502, 503, 504} else ApiError


def _unexplained(status: int) -> str:
    if status in {502, 503, 504}:
        return "The service does not answer at the moment. Try again in a minute."
    return f"The service answered with status {status} and gave no reason. Try again."

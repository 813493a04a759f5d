"""Every failed call to the API is one of these exceptions.

ApiError            the API answered with an error
├── SignedOut       401: the session ended, or never was
└── Unavailable     the API, its database or MLflow cannot answer at the moment
"""


class ApiError(Exception):
    """The API refused or failed; `message` is a sentence that may be shown to the person."""

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        reason: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(f"{status} {error_code}: {message}")
        self.status = status
        self.error_code = error_code
        self.message = message
        self.reason = reason
        self.request_id = request_id


class SignedOut(ApiError):
    """401: the form must be shown."""


class Unavailable(ApiError):
    """502, 503, 504, a refused connection or a time-out: worth trying again soon."""


def from_answer(status: int, body: object, request_id: str) -> ApiError:
    """The exception for an error answer, whatever its body holds."""
    fields = body if isinstance(body, dict) else {}
    kind = SignedOut if status == 401 else Unavailable if status in {502, 503, 504} else ApiError
    return kind(
        status=status,
        error_code=str(fields.get("error_code") or "INTERNAL_ERROR"),
        message=str(fields.get("message") or _unexplained(status)),
        reason=str(fields.get("reason") or ""),
        request_id=str(fields.get("request_id") or request_id),
    )


def _unexplained(status: int) -> str:
    if status in {502, 503, 504}:
        return "The service does not answer at the moment. Try again in a minute."
    return f"The service answered with status {status} and gave no reason. Try again."

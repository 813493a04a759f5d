"""Everything that the access layer can refuse.

AccessError
├── Invalid              what was asked for breaks a rule of form
├── NotFound             there is no such thing, or none that may be known
├── AlreadyExists        the name is taken
├── Stale                somebody else changed it meanwhile
├── TooOften             the person asked too many times in a while
├── TooFast              the project was asked too often this minute
├── Exhausted            the project has used up what it may have
├── LastOwner            the project or the platform would be left without anybody in charge
├── KeptByClaims         the sign-in service keeps this, not people
├── WrongCredentials     no person could be recognised
├── TooManyAttempts      too many wrong passwords came before; worth trying again later
└── DatabaseUnavailable  the UAC database does not answer
"""

from __future__ import annotations


class AccessError(Exception):
    """A refusal with a sentence for the person and a short reason for programs.

    `target` is what the audit trail names; it never leaves with the answer.
    """

    reason = "refused"
    retry_after: int | None = None
    target = ""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if reason is not None:
            self.reason = reason


class Invalid(AccessError):
    """What was asked for breaks a rule of form; the message says what is allowed."""

    reason = "invalid"


class NotFound(AccessError):
    """There is no such thing, or none that this person may know of."""

    reason = "not_found"


class AlreadyExists(AccessError):
    """The name is taken."""

    reason = "already_exists"


class Stale(AccessError):
    """Somebody else changed the entry since it was read."""

    reason = "stale_version"


class TooFast(AccessError):
    """The project was asked too often this minute; `retry_after` says when the next one begins."""

    reason = "quota_requests"


class Exhausted(AccessError):
    """The project has used up its storage or its runs; the message says what to do."""

    reason = "quota_storage"


class LastOwner(AccessError):
    """The change would leave a project or the platform without anybody in charge."""

    reason = "last_owner"


class TooOften(AccessError):
    """The person asked too many times in a while; the message says when to try again."""

    reason = "too_often"


class KeptByClaims(AccessError):
    """What the claims of the sign-in service keep up to date cannot be changed by hand."""

    reason = "kept_by_claims"


class WrongCredentials(AccessError):
    """No person could be recognised; the sentence is the same for every cause.

    It is about the account that was tried, if there is one: a name that nobody has may well be a
    password that was typed into the wrong field. Only what the identity provider has signed is told
    more: whoever holds it is no guesser.
    """

    reason = "wrong_credentials"

    def __init__(
        self,
        message: str = "Sign in with a valid token or password.",
        *,
        target: str = "",
        reason: str | None = None,
    ) -> None:
        super().__init__(message, reason=reason)
        self.target = target


class TooManyAttempts(AccessError):
    """Too many wrong passwords came before; also the right one is not looked at until later."""

    reason = "too_many_attempts"

    def __init__(self, seconds: int, *, target: str = "") -> None:
        super().__init__(
            f"Too many wrong passwords were tried. Try again in {_words(seconds)}, "
            "or ask an administrator."
        )
        self.retry_after = seconds
        self.target = target


class DatabaseUnavailable(AccessError):
    """The UAC database does not answer, so nothing can be judged."""

    reason = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The UAC database does not answer. Try again in a moment.")


def _words(seconds: int) -> str:
    amount, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"

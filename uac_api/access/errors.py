"""Everything that the access layer can refuse.

AccessError
├── Invalid              what was asked for breaks a rule of form
├── NotFound             there is no such thing, or none that may be known
├── AlreadyExists        the name is taken
├── Stale                somebody else changed it meanwhile
├── LastOwner            the project or the platform would be left without anybody in charge
├── WrongCredentials     no person could be recognised
└── DatabaseUnavailable  the UAC database does not answer
"""

from __future__ import annotations


class AccessError(Exception):
    """A refusal with a sentence for the person and a short reason for programs."""

    reason = "refused"

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


class LastOwner(AccessError):
    """The change would leave a project or the platform without anybody in charge."""

    reason = "last_owner"


class WrongCredentials(AccessError):
    """No person could be recognised; the sentence is the same for every cause.

    Only what the identity provider has signed is told more: whoever holds it is no guesser.
    """

    reason = "wrong_credentials"

    def __init__(
        self,
        message: str = "Sign in with a valid token or password.",
        *,
        reason: str | None = None,
    ) -> None:
        super().__init__(message, reason=reason)


class DatabaseUnavailable(AccessError):
    """The UAC database does not answer, so nothing can be judged."""

    reason = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The UAC database does not answer. Try again in a moment.")

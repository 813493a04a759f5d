"""Sign in delays: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..queries import Asked
from ..responses import Moment


class DelaysToClear(Asked):
    """Whose delays to clear: an account's, an address's, or an account's at one address."""

    account: str = Field("", max_length=64)
    address: str = Field("", max_length=64)


class SignInDelayOut(BaseModel):
    """Wrong passwords in a row.

    `kind` is account (at all addresses), address (of all accounts) or pair (an account at an
    address). `account` is null where the name that was typed is nobody's: it is not kept.
    """

    kind: str
    account: str | None
    address: str
    failures: int
    last_failed_at: Moment
    waits_until: Moment | None


class SignInDelaysOut(BaseModel):
    """Counts of wrong passwords, the latest first."""

    sign_in_delays: list[SignInDelayOut]
    next_page_token: str

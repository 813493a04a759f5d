"""What the REST for people answers about delays after wrong passwords."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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

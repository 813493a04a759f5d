"""What clients send about delays after wrong passwords."""

from __future__ import annotations

from pydantic import Field

from . import Asked


class DelaysToClear(Asked):
    """Whose delays to clear: an account's, an address's, or an account's at one address."""

    account: str = Field("", max_length=64)
    address: str = Field("", max_length=64)

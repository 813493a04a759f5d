"""Where a request comes from, as the audit trail, tokens and sessions remember it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The address and the program of a caller; both are what the network and the caller say."""

    address: str = ""
    client: str = ""


NOWHERE = Origin()

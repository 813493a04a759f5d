"""Where a request comes from, as the audit trail, tokens and sessions remember it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The address and the program of a caller; both are what the network and the caller say."""

    address: str = ""
    client: str = ""

    @property
    def program(self) -> str:
        """The first word of what the caller calls itself: `mlflow-python-client/3.17.2`."""
        first = self.client.split(maxsplit=1)[:1]
        return "".join(letter for letter in "".join(first) if letter.isprintable())[:100]


NOWHERE = Origin()

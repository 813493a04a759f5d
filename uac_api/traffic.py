"""The kinds of traffic to MLflow; each has places of its own, so that none takes another's.

A call that waits for MLflow holds a thread of the process, and so does one that waits for a
place. Places and those who may wait for them are therefore shares of `UAC_THREADS`, less
SPARE_THREADS: the probes, signing in and what asks only the UAC database are answered whatever
MLflow does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .access.principals import Principal, Via
from .concurrency import ConcurrencyLimit
from .errors import StudioError, Unsent
from .settings import Settings

# Passwords under check and those that wait for that (identity.py), and four for the rest.
SPARE_THREADS = 12
# How long a call waits for a place when its kind has as many under way as may be.
PLACE_SECONDS = 5.0
# So many calls of each list are under way at once, on average over the lists of a process.
CALLS_OF_A_LIST = 3


class Traffic(StrEnum):
    """Who waits: a script with a token or password; a person at a page; a list over projects."""

    SCRIPTS = "scripts"
    PAGES = "pages"
    LISTS = "lists"


@dataclass(frozen=True, slots=True)
class Places:
    """How much of each kind may be under way at once in one process."""

    scripts: int
    pages: int
    lists: int

    def limit(self, kind: Traffic) -> ConcurrencyLimit:
        """The limit of a kind: half as many more as it has places may wait for one."""
        most = {
            Traffic.SCRIPTS: self.scripts,
            Traffic.PAGES: self.pages,
            Traffic.LISTS: self.lists,
        }[kind]
        return ConcurrencyLimit(most, queue=most // 2, seconds=PLACE_SECONDS, refusal=_too_busy)


def places(settings: Settings) -> Places:
    """The places that the settings give, or where they say 0 those that UAC_THREADS has room for.

    A third of the threads is for those who wait for a place.
    """
    room = max(3, (settings.threads - SPARE_THREADS) * 2 // 3)
    lists, pages = max(1, room // 11), max(1, room // 4)
    return Places(
        scripts=settings.max_script_calls or max(1, room - pages - lists),
        pages=settings.max_page_calls or pages,
        lists=settings.max_lists or lists,
    )


def kind_of(principal: Principal) -> Traffic:
    """A session is a person's, at Studio or at MLflow's own pages; everything else a script."""
    return Traffic.PAGES if principal.via is Via.SESSION else Traffic.SCRIPTS


def _too_busy() -> StudioError:
    # Each time that the clients come again they wait here, so that a second is enough.
    return Unsent("MLflow has too much to do. Try again in a moment.", retry_after=1)

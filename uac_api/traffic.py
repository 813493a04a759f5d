"""The kinds of traffic to MLflow, and shares of each: no kind takes another's, no person all.

A call that waits for MLflow holds a thread of the process, and so does one that waits for a
place. Places and those who may wait for them are therefore shares of `UAC_THREADS`, less
SPARE_THREADS: the probes, signing in and what asks only the UAC database are answered whatever
MLflow does.

Nor does one kind of work take all the places of its kind of traffic: searches that a database
answers slowly, or files that slow clients fetch, leave places for a script that logs a metric, and
the other way round. And no person takes all: of calls, and of what slow clients send and fetch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from .access.principals import Principal, Via
from .concurrency import CallerLimit, ConcurrencyLimit, SlowLimit, too_many_transfers
from .errors import StudioError, TooMany, Unsent
from .request_body import when_slow
from .settings import Settings

# Passwords under check and those that wait for that (identity.py), and four for the rest.
SPARE_THREADS = 12
# How long a call waits for a place when its kind has as many under way as may be.
PLACE_SECONDS = 5.0
# So many calls of each list are under way at once, on average over the lists of a process.
CALLS_OF_A_LIST = 3
# So many bodies for the management API are read at once that did not come with their heads.
BODIES = 2


class Traffic(StrEnum):
    """Who waits: a script with a token or password; a person at a page; a list over projects."""

    SCRIPTS = "scripts"
    PAGES = "pages"
    LISTS = "lists"


class Work(StrEnum):
    """What a call makes MLflow do: search many rows, move a file, or one small thing."""

    SEARCHES = "searches"
    FILES = "files"
    CALLS = "calls"


# Each work leaves one place in so many to the others. Small things are over soon, and leave few.
LEAVES_ONE_IN = {Work.SEARCHES: 2, Work.FILES: 2, Work.CALLS: 12}


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

    def limits(self, kind: Traffic) -> dict[Work, ConcurrencyLimit]:
        """The limits of each work within a kind."""
        whole = self.limit(kind)
        found = {}
        for work, share in LEAVES_ONE_IN.items():
            most = whole.most - whole.most // share
            # Who waits holds a thread as well: all together no more than may wait for the whole.
            found[work] = whole.part(most, queue=max(1, most // 4))
        return found


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


def questions(settings: Settings) -> ConcurrencyLimit:
    """The places of what looks through the UAC database: the audit trail, everybody's tokens.

    Others ask for a row by its key, and wait for none of these.
    """
    most = max(1, settings.threads // 16)
    return ConcurrencyLimit(most, queue=most, seconds=PLACE_SECONDS, refusal=_too_many_questions)


class PersonShares:
    """What one person may have under way in a process, by kind: calls, and slow transfers."""

    def __init__(self, calls: int, places: Places) -> None:
        self._calls = CallerLimit(calls)
        kinds = {Traffic.SCRIPTS: places.scripts, Traffic.PAGES: places.pages}
        self._slow = {kind: _slow_limit(most) for kind, most in kinds.items()}
        refusal = partial(too_many_transfers, "Too many large requests are under way.")
        self._bodies = ConcurrencyLimit(
            BODIES, queue=BODIES, seconds=PLACE_SECONDS, refusal=refusal
        )

    @contextmanager
    def hold(self, principal: Principal, environ: Mapping[str, object]) -> Iterator[None]:
        """Hold one of the person's calls, and a slow transfer once its client turns out to be slow.

        Raises TooMany at once when the person's calls are all taken. When the slow transfers are,
        reading the body raises it, or the answer breaks off.
        """
        kind, username = kind_of(principal), principal.username
        slow = self._slow[kind]
        with self._calls.hold(username, kind), ExitStack() as held:

            def begin() -> None:
                slow.begin(username)
                held.callback(slow.end, username)

            when_slow(environ, begin)
            try:
                yield
            finally:
                when_slow(environ, None)

    def check_slow(self, principal: Principal) -> None:
        """Raise TooMany while the person has as many slow transfers as may be, or all have."""
        self._slow[kind_of(principal)].check(principal.username)

    def hold_body(self) -> AbstractContextManager[None]:
        """Hold one of the large bodies for the management API, of all. Raises TooMany."""
        return self._bodies.hold()


def _slow_limit(most: int) -> SlowLimit:
    most = max(1, most // 2)
    return SlowLimit(most, max(1, most * 3 // 4))


def kind_of(principal: Principal) -> Traffic:
    """A session is a person's, at Studio or at MLflow's own pages; everything else a script."""
    return Traffic.PAGES if principal.via is Via.SESSION else Traffic.SCRIPTS


def _too_many_questions() -> StudioError:
    return TooMany(
        "Too many people look through the audit trail or another long list just now. Try again in "
        "a moment."
    )


def _too_busy() -> StudioError:
    # Each time that the clients come again they wait here, so that a second is enough.
    return Unsent("MLflow has too much to do. Try again in a moment.", retry_after=1)

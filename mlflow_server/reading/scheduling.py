"""When questions are answered: a few at a time, behind MLflow's own calls, and equal ones together.

    scheduler = Scheduler()
    answer = await scheduler.share(key, work)    # whole, perhaps for several who asked the same
    piece = await scheduler.run(work)            # a piece of a long answer, for one

**Behind MLflow's own calls.** The threads of the reading room are *niced*: where processors are
short, what a script logs goes before what people look at. A reading is mostly one statement, in
which SQLite lets go of the interpreter; MySQL and PostgreSQL work elsewhere anyway. What is left
are its rows: a thread that has to wait while it holds the interpreter has others wait with it,
which is why it is asked to hand over soon (gate.py, SWITCH_SECONDS).

**Equal questions together.** Thirty people who open the same table ask the same. Who asks what is
*waiting* already gets the answer to that; who asks what is *being answered* waits for the next,
which begins afterwards. So no answer is older than its question: whoever has logged a value and
then asks is told of it. Questions are equal only with all that they name, the workspaces that the
UAC API has decided on among it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread

from mlflow_server.reading.session import Cancellation

# Questions that are worked on at a time in this process. MLflow has forty threads and some
# connections to its database: most stay its own.
AT_A_TIME = 4
# How much the threads give way: of a processor that both want, a tenth is theirs (sched(7)).
NICE = 10

_Worked = TypeVar("_Worked")


@dataclass
class _Work(Generic[_Worked]):
    """One answer that is worked out, and how many wait for it."""

    cancellation: Cancellation = field(default_factory=Cancellation)
    waiting: int = 0
    # Begun by `share` as soon as the work is known to it.
    task: asyncio.Task[_Worked] = field(init=False)


class Scheduler(Generic[_Worked]):
    """The threads of the reading room. To be used from one event loop at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_A_TIME)
        self._threads = ThreadPoolExecutor(
            AT_A_TIME, thread_name_prefix="reading", initializer=give_way
        )
        self._begun: dict[Hashable, _Work[_Worked]] = {}
        self._not_begun: dict[Hashable, _Work[_Worked]] = {}

    async def share(self, key: Hashable, call: Callable[[Cancellation], _Worked]) -> _Worked:
        """What the call gives, worked out once for all who wait under the same key.

        It is cancelled when the last of them is: until then it goes on. Raises what it raises.
        """
        work = self._not_begun.get(key)
        if work is None:
            work = self._not_begun[key] = _Work()
            work.task = asyncio.create_task(self._work_out(key, work, call))
            # Where nobody waits any more, nobody asks how it ended either.
            work.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        work.waiting += 1
        try:
            return await asyncio.shield(work.task)
        finally:
            work.waiting -= 1
            if not work.waiting and not work.task.done():
                await self._give_up(key, work)

    async def run(self, call: Callable[[], _Worked]) -> _Worked:
        """What the call gives, for one alone."""
        async with self._limiter:
            return await self._in_thread(call)

    async def _work_out(
        self, key: Hashable, work: _Work[_Worked], call: Callable[[Cancellation], _Worked]
    ) -> _Worked:
        try:
            while key in self._begun:
                # However that ends, and whoever it is for.
                await asyncio.wait({self._begun[key].task})
            async with self._limiter:
                # From now on what is logged may be missing in it.
                del self._not_begun[key]
                self._begun[key] = work
                try:
                    return await self._in_thread(lambda: call(work.cancellation))
                finally:
                    del self._begun[key]
        finally:
            if self._not_begun.get(key) is work:
                del self._not_begun[key]

    async def _give_up(self, key: Hashable, work: _Work[_Worked]) -> None:
        """End what nobody waits for any more, and see its end: until then it takes a place."""
        if self._not_begun.get(key) is work:
            # Whoever asks now must not be given one that is about to end.
            del self._not_begun[key]
            work.task.cancel()
            return
        # The one who went has been cancelled, and cannot wait for anything but behind a shield.
        with CancelScope(shield=True):
            await to_thread.run_sync(work.cancellation.cancel)
            await asyncio.wait({work.task})

    async def _in_thread(self, call: Callable[[], _Worked]) -> _Worked:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, copy_context().run, call)


def give_way() -> None:
    """Have this thread, and those that it begins, run behind others that want the processor.

    Only Linux has this for a thread; elsewhere nothing happens. It cannot be taken back without
    privileges, so it is only for threads that do nothing else.
    """
    if sys.platform == "linux":
        # Some sandboxes forbid it.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

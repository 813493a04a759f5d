"""The services run side by side, are started again when they die, and end together.

Whatever is left of a dead process's group is killed before it is started again, so that no orphan
keeps the port.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from ops.run.child import Child, Service, ending, start_child
from ops.run.terminal import Terminal
from ops.server.health import answers_well

# MLflow drains for up to ten seconds, and then gives calls under way ten more.
GRACE_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0


class StartFailed(Exception):
    """A process ended, or did not become healthy, while everything was starting."""


class Supervisor:
    """Keeps the services running until it is told to stop."""

    def __init__(self, services: Sequence[Service], terminal: Terminal, root: Path) -> None:
        self._services = services
        self._terminal = terminal
        self._root = root
        self._children: dict[str, Child] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._started = False

    def stop(self) -> None:
        """Ask everything to stop; asked twice, it is killed without waiting."""
        if self._stopping.is_set():
            for child in self._children.values():
                child.kill()
        self._stopping.set()

    async def start(self, seconds: float) -> bool:
        """Start all services; true when every one is healthy, false if told to stop meanwhile.

        Raises StartFailed if one ends, or is not healthy after that many seconds.
        """
        self._tasks = [asyncio.create_task(self._keep(service)) for service in self._services]
        healthy = asyncio.ensure_future(
            asyncio.gather(*(self._until_healthy(service) for service in self._services))
        )
        stopped = asyncio.create_task(self._stopping.wait())
        waiting: list[asyncio.Future[object]] = [healthy, stopped, *self._tasks]  # type: ignore[list-item]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        self._started = healthy.done()
        healthy.cancel()
        stopped.cancel()
        if self._stopping.is_set():
            return False
        for task in self._tasks:
            if task.done():
                task.result()
        if not self._started:
            raise StartFailed(f"Not healthy after {seconds:.0f} seconds. The lines above say why.")
        return True

    async def until_stopped(self) -> None:
        """Keep everything running until `stop` is called.

        Raises StartFailed if a program that died has gone from the disk meanwhile.
        """
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stopped, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in self._tasks:
            if task.done():
                task.result()

    async def finish(self) -> None:
        """End every process, politely and then by force; nothing of any group is left."""
        self._stopping.set()
        for child in self._children.values():
            child.ask_to_end()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
            for child in self._children.values() if late else ():
                child.kill()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, service: Service) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            began = time.monotonic()
            how = ending(await self._run_once(service))
            if self._stopping.is_set():
                return
            if not self._started:
                self._terminal.show_last(service.name)
                raise StartFailed(f"{service.name} ended while starting ({how}).")
            pause = 1.0 if time.monotonic() - began > STEADY_SECONDS else pause
            self._say(f"{service.name} ended ({how}). It is started again in {pause:.0f} s.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run_once(self, service: Service) -> int:
        try:
            child = await start_child(service, self._root)
        except OSError as error:
            raise StartFailed(f"{service.name} cannot be started: {error}.") from error
        self._children[service.name] = child
        if self._stopping.is_set():
            child.kill()
        copying = asyncio.create_task(self._copy_lines(service.name, child))
        again = asyncio.create_task(self._until_healthy(service)) if self._started else None
        code = await child.ended()
        del self._children[service.name]
        if again is not None:
            again.cancel()
        await copying
        return code

    async def _copy_lines(self, name: str, child: Child) -> None:
        async for line in child.lines():
            self._terminal.line(name, line)

    async def _until_healthy(self, service: Service) -> None:
        if service.health_url is None:
            return
        began = time.monotonic()
        pause = 0.5
        while not await asyncio.to_thread(answers_well, service.health_url):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        self._say(f"{service.name} is healthy after {time.monotonic() - began:.0f} s.")

    def _say(self, sentence: str) -> None:
        self._terminal.say("run", sentence)

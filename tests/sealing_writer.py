"""A process that writes events and seals them, as uac_api does, and tells what is committed.

python tests/sealing_writer.py <database> <name> <events>
"""

from __future__ import annotations

import sys
import threading
from functools import partial

from sealing import KEY
from uac_api.access.audit import events
from uac_api.access.audit.seals import Sealer
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database

BATCH = 50


def main(url: str, name: str, number: int) -> None:
    """Write so many events in batches, while a thread seals without a pause."""
    marks = Signer(KEY)
    database = Database(url, marks)
    over = threading.Event()

    def seal() -> None:
        sealer = Sealer(database, marks)
        while not over.wait(0.1):
            sealer.once()

    thread = threading.Thread(target=seal)
    thread.start()
    for begin in range(0, number, BATCH):
        entries = [
            events.Entry("runs.create", events.ALLOWED, user=name, target=f"{name}-{place}")
            for place in range(begin, min(begin + BATCH, number))
        ]
        database.write(partial(events.write, entries=entries))
        sys.stderr.write(f"{entries[-1].target}\n")
        sys.stderr.flush()
    over.set()
    thread.join()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

"""How often everything is done: in full, or quickly to see that it works."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of blocks, of pairs in a block, of rounds, and sizes."""

    blocks: int
    gets: int
    metrics: int
    batches: int
    searches: int
    peers: int
    crowd_rounds: int
    crowd_seconds: float
    stream_rounds: int
    stream_bytes: int
    other_rounds: int
    others: int
    pages: int
    readings: int


FULL = Plan(
    blocks=10,
    gets=60,
    metrics=60,
    batches=12,
    searches=15,
    peers=8,
    crowd_rounds=6,
    crowd_seconds=3.0,
    stream_rounds=4,
    stream_bytes=1024 * MIB,
    other_rounds=6,
    others=10_000,
    pages=6,
    readings=5,
)
QUICK = Plan(
    blocks=4,
    gets=15,
    metrics=15,
    batches=4,
    searches=4,
    peers=2,
    crowd_rounds=2,
    crowd_seconds=1.0,
    stream_rounds=2,
    stream_bytes=64 * MIB,
    other_rounds=2,
    others=10_000,
    pages=3,
    readings=1,
)

"""The versions of MLflow that the table was decided for, and which of them has what.

The table of one version is data: the rows whose `since` is not after it. No row is judged
differently in two versions. Where a newer MLflow reads more in a request, the row looks at that in
every version, which an older MLflow does not mind: it ignores the field. So it does no harm if
MLflow is exchanged between the question for its version and the call.
"""

from __future__ import annotations

# Oldest first.
VERSIONS = ("3.17.2", "3.18.0")
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]


def has(version: str, since: str) -> bool:
    """Whether an MLflow of `version` has what came with `since`.

    A version that is not listed has only what all of them have: nobody read what else it does.
    """
    if since == OLDEST:
        return True
    return version in VERSIONS and VERSIONS.index(version) >= VERSIONS.index(since)

"""A service is healthy when the address of its health answers 200.

Containers check theirs by `python -m ops.server.health <address> [<afterwards>]`: exit code 0 if it
is. With two addresses the first counts until it has answered well once, then the second: where the
unhealthy are ended, nobody gets requests before it is fit, and nobody is ended because something
else is away.
"""

import http.client
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

# In memory, so that a new container does not have it.
WAS_WELL = Path(tempfile.gettempdir()) / "mlstudio-was-well"


def answers_well(url: str, seconds: float = 2.0) -> bool:
    """Whether a GET of this address is answered with 200 in time."""
    try:
        # An empty table of proxies: a proxy of the shell must not stand before 127.0.0.1.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def problem(addresses: list[str], was_well: Path = WAS_WELL) -> str:
    """What is wrong, in a sentence; empty if the service is as it should be by now."""
    *_, afterwards = addresses
    url = afterwards if was_well.exists() else addresses[0]
    if not answers_well(url, seconds=8):
        return f"{url} does not answer with 200."
    if len(addresses) > 1:
        was_well.touch()
    return ""


if __name__ == "__main__":
    found = problem(sys.argv[1:])
    if found:
        sys.stderr.write(f"{found}\n")
    sys.exit(1 if found else 0)

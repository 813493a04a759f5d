"""A service is healthy when the address of its health answers 200.

`python -m ops.health <address>` is the health check of containers: exit code 0 if it is.
"""

import http.client
import sys
import urllib.error
import urllib.request


def answers_well(url: str, seconds: float = 2.0) -> bool:
    """Whether a GET of this address is answered with 200 in time."""
    try:
        # An empty table of proxies: a proxy of the shell must not stand before 127.0.0.1.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    well = answers_well(sys.argv[1], seconds=8)
    if not well:
        sys.stderr.write(f"{sys.argv[1]} does not answer with 200.\n")
    sys.exit(0 if well else 1)

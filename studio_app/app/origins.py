"""Whether a request or a socket was made by a page of this Studio."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from studio_app.settings import origin, settings


def is_ours(scope: Scope) -> bool:
    """Whether the Origin is this Studio's; a request without one was made by no page of ours.

    Ours is the public address, and the one that the request itself came to: the same server by
    another name of this machine, such as localhost. A page there and the cookie share one host.
    """
    headers = Headers(scope=scope)
    sent = headers.get("origin", "")
    if not sent:
        return False
    if sent == settings().public_origin:
        return True
    # A socket's page was loaded by http or https.
    scheme = str(scope["scheme"]).replace("ws", "http")
    return sent == _origin_of_host(scheme, headers.get("host") or "")


def host_in_origin(scope: Scope) -> str:
    """Host and port of the page that asks, as the Origin header spells them."""
    return urlsplit(Headers(scope=scope).get("origin", "")).netloc


def _origin_of_host(scheme: str, host: str) -> str | None:
    try:
        return origin(f"{scheme}://{host}")
    except ValueError:
        # What the client calls the host may be anything.
        return None

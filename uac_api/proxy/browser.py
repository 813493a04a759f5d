"""A browser's cookie for MLflow's interface, which counts only when a page of ours asks.

Studio sets it beside its own (studio_app/auth/cookie.py), which is sealed and means nothing here. A
browser sends it along with whatever a page makes it ask, also a page of another port of this host,
for which it is no other site. The `Sec-Fetch-*` headers, which no page can write, say who asks: our
own origin may ask everything; anybody may lead a person to a page, as a link does; nobody else may
ask anything.

A program on another port of this host can write these headers, if a browser was made to send it the
cookie. So it is good for MLflow's interface alone: it is no bearer, and /studio/v1 never reads it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import Forbidden, Unauthenticated
from .request.call import Call
from .rules import Rule, Surface

COOKIE = "mlstudio_interface"
SAFE = ("GET", "HEAD")
# What a browser runs or lays out as code: of an answer only MLflow's own assets may become that.
CODE = frozenset(
    {
        "audioworklet",
        "json",
        "paintworklet",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "worker",
        "xslt",
    }
)
USUAL_PORTS = {"http": 80, "https": 443}


def cookie_name(studio: str) -> str:
    """What the cookie is called that Studio sets at this address.

    Browsers take the prefix from https only, so that nobody sets the cookie over plain http.
    """
    return f"__Secure-{COOKIE}" if studio.startswith("https://") else COOKIE


def credential(call: Call, cookie: str, public_origin: str) -> str | None:
    """What a browser shows that asks for a page of ours, None without the cookie of this name.

    Raises Unauthenticated where the browser does not say who asks, Forbidden where it is not us.
    """
    shown = _cookies(call.header("Cookie") or "", cookie)
    if not shown:
        return None
    site = call.header("Sec-Fetch-Site")
    if site is None or len(shown) > 1:
        raise Unauthenticated(
            "This request cannot use the browser's session. Send a token, or open ML Studio by "
            "https (or on this machine) in a current browser.",
            reason="session_required",
        )
    if not (site == "same-origin" or _leads_here(call)):
        raise Forbidden(
            "A page of another address asked for this with your session, so it is refused. "
            "Open ML Studio itself.",
            reason="cross_site",
        )
    if call.method not in SAFE and call.header("Origin") not in (public_origin, _here(call)):
        raise Forbidden(
            "A change must come from a page of this address. Open ML Studio by its usual address.",
            reason="cross_site",
        )
    return shown.pop()


def check_use(call: Call, rule: Rule) -> None:
    """Raise Forbidden where a browser would run as code what may be somebody's file."""
    if rule.surface is not Surface.ASSET and call.header("Sec-Fetch-Dest") in CODE:
        raise Forbidden("A browser may not run this as code.", reason="cross_site")


def opens_interface(call: Call) -> bool:
    """Whether somebody without a credential opens MLflow's interface, as by a link."""
    at_start = call.slug_in_path is not None and not call.segments
    return at_start and call.method == "GET" and call.header("Authorization") is None


def origin_of(address: str) -> str:
    """Scheme, host and port of an address as a browser's Origin header spells them."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _leads_here(call: Call) -> bool:
    mode, into = call.header("Sec-Fetch-Mode"), call.header("Sec-Fetch-Dest")
    return call.method == "GET" and mode == "navigate" and into == "document"


def _here(call: Call) -> str:
    return f"{call.environ.get('wsgi.url_scheme')}://{call.header('Host')}"


def _cookies(header: str, wanted: str) -> set[str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {value for name, _, value in pairs if name == wanted}

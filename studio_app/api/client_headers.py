"""Which browser Studio speaks for: the API counts and shows the browser's address, not Studio's."""

from collections.abc import Sequence

import streamlit as st
from starlette.requests import Request

# The API reads the hops from the right end; a longer chain than this nobody has.
_HOPS = 10
_LONGEST = 400


def of_page() -> dict[str, str]:
    """The headers that tell the API about the browser of this page."""
    headers = st.context.headers
    agent = headers.get("User-Agent")
    if not agent:
        return {}
    # Streamlit gives no address for a browser on this machine.
    return _headers(agent, headers.get_all("X-Forwarded-For"), st.context.ip_address or "127.0.0.1")


def of_request(request: Request) -> dict[str, str]:
    """The same for a request to one of Studio's own routes."""
    agent = request.headers.get("User-Agent", "")
    hops = request.headers.getlist("X-Forwarded-For")
    return _headers(agent, hops, request.client.host if request.client else "")


def _headers(agent: str, forwarded: Sequence[str], address: str) -> dict[str, str]:
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    chain = ", ".join(_plain(hop[:64]) for hop in [*hops, address][-_HOPS:] if hop)
    sent = {"User-Agent": _plain(agent[:_LONGEST]), "X-Forwarded-For": chain}
    return {name: value for name, value in sent.items() if value}


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()

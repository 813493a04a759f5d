"""Signing in by the organisation's identity provider: Streamlit leads there and back.

Streamlit's own sign-in lasts only until its identity token is exchanged for a session of ML Studio:
its cookie would live for thirty days and know nothing of a session that has ended. So the browser
drops it with the answer that sets ours (studio_app/auth/routes.py), and the token is never kept.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from studio_app import session
from studio_app.api import client_headers
from studio_app.api.client import ApiError, Client
from studio_app.settings import Settings, SingleSignOn, settings

BACK = "/oauth2callback"
# Streamlit's cookies; a long one goes on in others with a number at the end.
STREAMLIT_COOKIES = ("_streamlit_user", "_streamlit_user_tokens")


def secrets(found: Settings) -> dict[str, Any]:
    """What Streamlit must know for st.login; nothing without single sign-on."""
    provider = found.single_sign_on
    if provider is None:
        return {}
    return {
        "auth": {
            "redirect_uri": found.public_url + BACK,
            "cookie_secret": _cookie_secret(provider),
            "client_id": provider.client_id,
            "client_secret": provider.client_secret,
            "server_metadata_url": provider.issuer.rstrip("/")
            + "/.well-known/openid-configuration",
            "client_kwargs": {"scope": provider.scopes},
            "expose_tokens": ["id"],
        }
    }


def returned() -> bool:
    """Whether somebody has just come back from the provider and was not yet exchanged."""
    return settings().single_sign_on is not None and bool(st.user.get("is_logged_in"))


def exchange() -> None:
    """Starts a session for who has come back; raises ApiError."""
    token = st.user.tokens.get("id")
    answer = Client(settings().api_url, visitor=client_headers.of_page()).exchange(str(token or ""))
    session.begin(answer["token"], answer["ticket"])


def button(provider: SingleSignOn) -> None:
    """Draws the button that leads to the provider; when it does not answer, says so instead."""
    try:
        health = Client(settings().api_url, visitor=client_headers.of_page()).single_sign_on()
    except ApiError as error:
        health = {"ok": False, "message": error.message}
    label = f"Sign in with {provider.name}"
    pressed = st.button(
        label,
        key="single-sign-on",
        icon=":material/key:",
        width="stretch",
        disabled=not health["ok"],
    )
    if not health["ok"]:
        st.warning(
            f"Signing in with {provider.name} does not work at the moment. {health['message']}",
            icon=":material/cloud_off:",
        )
    elif pressed:
        st.login()


def began_here(request: Request) -> bool:
    """Whether the sign-in that ends in this request went by the provider."""
    return any(name in request.cookies for name in STREAMLIT_COOKIES)


def forget(request: Request, answer: Response) -> None:
    """Has the browser drop Streamlit's own sign-in."""
    for name in request.cookies:
        kind, _, number = name.rpartition("_")
        if name in STREAMLIT_COOKIES or (kind in STREAMLIT_COOKIES and number.isdigit()):
            answer.delete_cookie(name)


def way_out(found: Settings, health: Mapping[str, Any]) -> str | None:
    """The provider's address that ends the sign-in there too (OpenID Connect RP-initiated logout).

    It says nothing of the identity token, which was not kept: a provider may ask the person first.
    """
    provider, address = found.single_sign_on, str(health.get("sign_out_address") or "")
    if provider is None or not address:
        return None
    query = {"client_id": provider.client_id, "post_logout_redirect_uri": found.public_url + "/"}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _cookie_secret(provider: SingleSignOn) -> str:
    """The key that signs Streamlit's cookies, the same on each replica of Studio."""
    secret = provider.client_secret.encode()
    return blake2b(secret, digest_size=32, person=b"studio-cookie").hexdigest()

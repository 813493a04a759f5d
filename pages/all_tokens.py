"""All tokens: whose they are, when they were used; a leaked one is found and revoked."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.tokens import token_rows
from studio_app.ui import widgets

_BEGINNING = "mls_"


def main() -> None:
    """Lists everybody's tokens for administrators, finds a leaked one, revokes any."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "This page is for administrators",
            "Your own tokens are on the page Tokens; owners see those of their project on the "
            "page Programs.",
        )
        return
    widgets.page_header("All tokens", "Everybody's tokens, newest first. Secrets are never shown.")
    query = st.text_input(
        "Search",
        key="all-tokens-search",
        placeholder="A name, a person, a project, or a leaked token",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with widgets.answering(), st.spinner("Reading tokens …"):
        # A token, or what is left of one, never becomes a part of an address: addresses are logged.
        if _BEGINNING in query:
            _leaked(session.client().find_tokens(query))
        else:
            _search(query)


def _leaked(tokens: list[Json]) -> None:
    if not tokens:
        widgets.empty_state(
            "No such token",
            "No token has this id. It may be revoked already.",
            icon="verified_user",
        )
        return
    widgets.facts(
        "Found by the id in it. Revoke it, then tell its owner; the audit trail says what it did."
    )
    for token in tokens:
        _row(token)


def _search(query: str) -> None:
    at = widgets.page_token("all-tokens", of=query)
    page = session.client().all_tokens(query, max_results=25, page_token=at)
    for token in page["tokens"]:
        _row(token)
    if not page["tokens"]:
        widgets.empty_state(
            "No token found", "No token's name, person or project contains this.", icon="search"
        )
    widgets.pager("all-tokens", page["next_page_token"])


def _row(token: Json) -> None:
    username = str(token["username"])
    off = ", disabled" if token["disabled"] else ""
    kind = "service account " if token["kind"] == "service" else ""
    whose = f"{kind}`{username}`{off}"
    soon = bool(token_rows.ending([token]))
    if token_rows.row(token, ["Revoke"], soon=soon, whose=whose):
        widgets.confirm(
            "Revoke token",
            f"Every program that uses **{widgets.plain(token['name'])}** of `{username}` is "
            "refused from its very next call on.",
            "Revoke token",
            lambda: session.client().revoke_token(token["id"]),
            done=f"The token {token['name']} of {username} is revoked.",
        )


main()

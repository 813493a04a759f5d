"""Tokens: what my scripts sign in with, and when each ends."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.tokens import new_token, token_rows
from studio_app.ui import navigation, widgets


def main() -> None:
    """Lists, creates, rotates and revokes my tokens; says which end soon."""
    new_token.forget()
    with widgets.page_header("Tokens", "What your scripts sign in with instead of your password."):
        if st.button("New token", icon=":material/add:", type="primary"):
            new_token.create()
    with widgets.answering(), st.spinner("Reading tokens …"):
        _list(session.client().tokens())


def _list(tokens: list[Json]) -> None:
    if not tokens:
        widgets.empty_state(
            "No token yet",
            "A script signs in with a token instead of your password. Create one with "
            "“New token”; revoke it and the script is refused at once.",
            lambda: navigation.link("connect", "Connect a script", icon=":material/terminal:"),
            icon="key",
        )
        return
    soon = token_rows.ending(tokens)
    token_rows.warn(soon)
    ids = {token["id"] for token in soon}
    replaced = {token["replaces"] for token in tokens}
    for token in tokens:
        options = ["Revoke"] if token["expired"] or token["id"] in replaced else _BOTH
        chosen = token_rows.row(token, options, soon=token["id"] in ids)
        if chosen:
            _do(chosen, token)


_BOTH = ["Rotate", "Revoke"]


def _do(chosen: str, token: Json) -> None:
    client = session.client()
    if chosen == "Rotate":
        new_token.rotate(token, partial(client.rotate_token, token["id"]))
        return
    widgets.confirm(
        "Revoke token",
        f"Every script that uses **{widgets.plain(token['name'])}** is refused from its very "
        "next call on.",
        "Revoke token",
        lambda: client.delete_token(token["id"]),
        done=f"The token {token['name']} is revoked.",
    )


main()

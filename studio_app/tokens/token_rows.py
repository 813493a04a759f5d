"""How a token looks in a list, and which tokens end soon."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from studio_app.api.client import Json
from studio_app.ui import navigation, times, widgets

SOON = timedelta(days=14)


def row(token: Json, options: list[str], *, soon: bool, whose: str = "") -> str | None:
    """Draws a token and its menu; the answer is what was chosen in the menu, if anything."""
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"row-{token['id']}",
    ):
        with st.container(width="stretch", gap="xxsmall"):
            name = widgets.plain(token["name"])
            st.markdown(f"**{name}**{_badges(token, soon=soon)}")
            widgets.facts(" · ".join([*([whose] if whose else []), *_reach(token)]))
            widgets.facts(" · ".join([f"`mls_{token['id']}_…`", *_life(token)]))
        if not options:
            return None
        chosen = st.menu_button(
            "More",
            options,
            type="tertiary",
            key=f"menu-{token['id']}",
            help=f"What you can do with the token {token['name']}",
        )
        return None if chosen is None else str(chosen)


def ending(tokens: Sequence[Json]) -> list[Json]:
    """The tokens that end within two weeks and are not replaced yet."""
    replaced = {token["replaces"] for token in tokens}
    limit = datetime.now(UTC) + SOON
    return [
        token
        for token in tokens
        if not token["expired"]
        and token["expires_at"]
        and times.moment(token["expires_at"]) < limit
        and token["id"] not in replaced
    ]


def warn(soon: Sequence[Json], *, link: bool = False) -> None:
    """Says which tokens end soon; nothing when none does."""
    if not soon:
        return
    names = ", ".join(f"{widgets.plain(token['name'])} ({_when(token)})" for token in soon[:3])
    more = f" and {len(soon) - 3} more" if len(soon) > 3 else ""
    what = "A token of yours ends" if len(soon) == 1 else f"{len(soon)} of your tokens end"
    st.warning(
        f"**{what} soon:** {names}{more}. Rotate it, and the script goes on without a gap."
        if len(soon) == 1
        else f"**{what} soon:** {names}{more}. Rotate them, and the scripts go on without a gap.",
        icon=":material/schedule:",
    )
    if link:
        navigation.link("tokens", "Your tokens", icon=":material/key:")


def _badges(token: Json, *, soon: bool) -> str:
    if token["expired"]:
        return " :red-badge[ended]"
    if token["expires_at"] is None:
        return " :orange-badge[never ends]"
    return " :orange-badge[ends soon]" if soon else ""


def _reach(token: Json) -> list[str]:
    project = f"`{token['project']}`" if token["project"] else "all projects"
    if token["run_id"]:
        return [project, f"only the run `{token['run_id']}`"]
    actions = token["actions"]
    usual = f"everything the roles allow but {widgets.NAMED_ONLY}"
    return [project, ", ".join(actions) if actions else usual]


def _life(token: Json) -> list[str]:
    used = token["last_used_at"]
    said = [f"used {times.ago(times.moment(used))}" if used else "never used"]
    if used and token["last_address"]:
        program = f" by {widgets.plain(token['last_client'])}" if token["last_client"] else ""
        said.append(f"from {widgets.plain(token['last_address'])}{program}")
    if token["expires_at"]:
        said.append(_when(token))
    return said


def _when(token: Json) -> str:
    ends = times.moment(token["expires_at"])
    if not token["expired"] and ends - datetime.now(UTC) < timedelta(days=2):
        return f"ends {times.ago(ends)}"
    return f"{'ended' if token['expired'] else 'ends'} {times.day(token['expires_at'])}"

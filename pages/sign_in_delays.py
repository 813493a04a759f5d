"""Sign-in delays: who typed wrong passwords where, and who waits for it; for administrators."""

from datetime import UTC, datetime

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import times, widgets

_NOBODY = "a name that is nobody's"


def main() -> None:
    """Lists the counts of wrong passwords and clears them."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "This page is for administrators",
            "Delays after wrong passwords are managed by the administrators of ML Studio. "
            "Ask one of them to clear yours, or wait until it has passed.",
        )
        return
    widgets.page_header("Sign-in delays", "Wrong passwords of the last 24 hours, and who waits.")
    with st.expander("What the delays do"):
        st.markdown(
            "- **An account at an address**: after 5 wrong passwords it waits there, from 10 "
            "seconds up to 15 minutes. Also the right password is refused meanwhile.\n"
            "- **An account at all addresses**: after 50 it waits wherever the person has not "
            "signed in lately. Where they usually sign in, nobody can lock them out.\n"
            "- **An address of all accounts**: after 100 whoever fails there waits from the first "
            "wrong password on; after 1000 every account waits there that has not signed in there "
            "lately.\n\nTokens and sessions are never delayed."
        )
    query = st.text_input(
        "Search",
        key="delays-search",
        placeholder="Search by username or address",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with widgets.answering(), st.spinner("Reading delays …"):
        token = widgets.page_token("delays", of=query)
        page = session.client().sign_in_delays(query, max_results=25, page_token=token)
        for row in page["sign_in_delays"]:
            _row(row)
        if not page["sign_in_delays"]:
            _nothing(query)
        widgets.pager("delays", page["next_page_token"])


def _nothing(query: str) -> None:
    if query:
        widgets.empty_state(
            "Nothing found", "No account or address with these letters.", icon="search"
        )
    else:
        widgets.empty_state(
            "Nobody waits", "Nobody typed a wrong password in the last 24 hours.", icon="lock_open"
        )


def _row(row: Json) -> None:
    who, key = _who(row), f"{row['kind']}-{row['account']}-{row['address']}-{row['last_failed_at']}"
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", wrap=False, key=f"row-{key}"
    ):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(who)
            count = "1 wrong password" if row["failures"] == 1 else f"{row['failures']} wrong ones"
            last = times.ago(times.moment(row["last_failed_at"]))
            widgets.facts(f"{count} · the last {last}")
        if row["waits_until"]:
            end = times.moment(row["waits_until"])
            left = max(1, round((end - datetime.now(UTC)).total_seconds()))
            text = f"{left} s" if left < 120 else f"{left // 60} min"
            st.badge(f"waits {text}", color="orange")
        if _clearable(row) and st.button("Clear", key=f"clear-{key}", type="tertiary"):
            widgets.confirm(
                "Clear delay",
                f"The wrong passwords of {who} are forgotten, and it may try again at once.",
                "Clear",
                lambda: session.client().clear_sign_in_delays(
                    account=row["account"] or "", address=row["address"]
                ),
                done="The delay is cleared.",
            )


def _who(row: Json) -> str:
    account = _NOBODY if row["account"] is None else f"**{widgets.plain(row['account'])}**"
    address = f"`{row['address']}`"
    return {
        "pair": f"{account} at {address}",
        "account": f"{account} at all addresses",
        "address": f"all accounts at {address}",
    }[row["kind"]]


def _clearable(row: Json) -> bool:
    """A name that is nobody's has no delay that anybody waits for."""
    return row["account"] is not None


main()

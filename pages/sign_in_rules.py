"""Single sign-on: the identity provider, and which of its claims lead into which group."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import times, widgets


def main() -> None:
    """Shows whether the provider answers; lists, adds and deletes rules."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "This page is for administrators",
            "How people sign in is managed by the administrators of ML Studio. Ask one of them.",
        )
        return
    with widgets.answering(), st.spinner("Asking the identity provider …"):
        health = session.client().single_sign_on()
        with widgets.page_header(
            "Single sign-on", "People sign in by your organisation's identity provider."
        ):
            if health["configured"] and st.button("Link account", icon=":material/link:"):
                _link()
            if st.button("New rule", icon=":material/add:", type="primary"):
                _create(health)
        _provider(health)
        st.header("From claims to groups", anchor=False)
        widgets.facts(
            "Whoever has the value in the claim is put into the group at the next sign-in, and out "
            "of it when the value is gone. People whom somebody put into a group by hand stay."
        )
        _rules()


def _provider(health: Json) -> None:
    if not health["configured"]:
        st.info(
            "**No identity provider is set up.** An operator sets `STUDIO_OIDC_ISSUER`, "
            "`STUDIO_OIDC_CLIENT_ID` and `STUDIO_OIDC_CLIENT_SECRET`; "
            "docs/how-to/single-sign-on.md says how. Rules can be made before.",
            icon=":material/key_off:",
        )
    elif health["ok"]:
        st.success(
            f"**The identity provider answers.** {widgets.plain(health['issuer'])}",
            icon=":material/key:",
        )
    else:
        st.warning(
            f"**The identity provider does not answer.** {widgets.plain(health['message'])} "
            "Who is signed in stays so.",
            icon=":material/cloud_off:",
        )


def _rules() -> None:
    token = widgets.page_token("claim-rules")
    page = session.client().claim_rules(max_results=25, page_token=token)
    for rule in page["claim_rules"]:
        _row(rule)
    if not page["claim_rules"]:
        widgets.empty_state(
            "No rules yet",
            "Without rules, people who sign in come into no group. Add one to give a team its "
            "projects.",
            icon="rule",
        )
    widgets.pager("claim-rules", page["next_page_token"])


def _row(rule: Json) -> None:
    value, group = widgets.plain(rule["value"]), widgets.plain(rule["group"])
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"row-{rule['id']}",
    ):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{value}** :gray[leads into] **{group}**")
            by = widgets.plain(rule["created_by"])
            widgets.facts(
                f"claim `{rule['claim']}` · added {times.day(rule['created_at'])} by {by}"
            )
        chosen = st.menu_button(
            "More",
            ["Delete"],
            type="tertiary",
            key=f"menu-{rule['id']}",
            help=f"What you can do with the rule for {rule['value']}",
        )
    if chosen == "Delete":
        widgets.confirm(
            "Delete rule",
            f"**{value}** leads into **{group}** no longer. If it is the last rule of the group, "
            "everybody leaves the group whom a claim has brought in; else each person's next "
            "sign-in says who stays.",
            "Delete rule",
            lambda: session.client().delete_claim_rule(rule["id"]),
            done=f"The rule for {rule['value']} is deleted.",
        )


@st.dialog("Link account")
def _link() -> None:
    st.write(
        "Whoever has this subject at the identity provider signs in as this person. Somebody whose "
        "username is taken here is told their subject when they try to sign in."
    )
    with st.form("link-account", border=False):
        username = st.text_input("Username", help="Of the account in ML Studio.").strip()
        subject = st.text_input("Subject", help="The claim `sub`, exactly as it is told.").strip()
        if st.form_submit_button("Link account", type="primary"):
            if not username:
                st.error("Type the username of the account.")
                return
            with widgets.answering():
                session.client().link_identity(username, subject)
                widgets.notice(f"{username} signs in by the identity provider from now on.")
                st.rerun()


@st.dialog("New rule")
def _create(health: Json) -> None:
    with st.form("new-rule", border=False):
        claim = st.text_input(
            "Claim",
            health["groups_claim"],
            help="As the provider names it. `realm_access.roles` is a field of a nested claim.",
        )
        value = st.text_input(
            "Value", help="Exactly as the provider writes it; Entra sends the ids of groups."
        )
        group = st.text_input("Group", help="The name of a group of ML Studio.")
        if st.form_submit_button("Add rule", type="primary"):
            with widgets.answering():
                session.client().create_claim_rule(claim.strip(), value.strip(), group.strip())
                widgets.notice(f"{value.strip()} now leads into {group.strip()}.")
                st.rerun()


main()

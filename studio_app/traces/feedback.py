"""What people and judges say of a trace: feedback, and what was expected."""

import json

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.runs import kept
from studio_app.traces import traces
from studio_app.traces.traces import Trace
from studio_app.ui import breadcrumbs, times, widgets

_KINDS = {"feedback": "Feedback", "expectation": "Expectation"}
_KIND_HELP = {
    "feedback": "How good this answer was.",
    "expectation": "What the answer should have been: evaluations compare with it.",
}
_VALUES = ("Yes or no", "Number", "Text")


def show(slug: str, trace: Trace) -> None:
    """Draws what was said of a trace, the newest first; what counts no more is left out."""
    said = [one for one in trace.assessments if one.get("valid", True) is not False]
    if not said:
        st.caption("Nobody has said anything of this trace yet.")
        return
    said.sort(key=lambda one: str(one.get("create_time", "")), reverse=True)
    with st.container(border=True, gap="medium", key="trace-assessments"):
        for one in said:
            _row(slug, trace, one)


def value_of(assessment: Json) -> str:
    """What an assessment says, in words; of a failed judge what went wrong."""
    feedback = assessment.get("feedback") or {}
    if error := feedback.get("error"):
        return str(error.get("error_message") or error.get("error_code") or "It failed.")
    expectation = assessment.get("expectation") or {}
    found = feedback.get("value", expectation.get("value"))
    if found is None and "serialized_value" in expectation:
        found = expectation["serialized_value"].get("value")
    if isinstance(found, bool):
        return "Yes" if found else "No"
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _row(slug: str, trace: Trace, one: Json) -> None:
    source = one.get("source") or {}
    failed = bool((one.get("feedback") or {}).get("error"))
    kind = "expectation" if "expectation" in one else "issue" if "issue" in one else "feedback"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            name, value = str(one.get("assessment_name", "")), value_of(one)
            shown = widgets.plain(widgets.shortened(value, 400))
            text = f":red[{shown}]" if failed else shown
            st.markdown(f"**{widgets.plain(name)}**  {text if kind != 'issue' else ''}")
            if one.get("rationale"):
                st.caption(widgets.plain(str(one["rationale"])))
            made = one.get("create_time")
            breadcrumbs.facts(
                [
                    kind,
                    f"by {widgets.plain(str(source.get('source_id') or 'unknown'))}",
                    "" if source.get("source_type") == "HUMAN" else "a program",
                    times.ago(times.moment(str(made))) if made else "",
                    "on one span" if one.get("span_id") else "",
                ]
            )
        if session.may("log", slug) and one.get("assessment_id"):
            identity = str(one["assessment_id"])
            if st.button(
                "",
                icon=":material/close:",
                type="tertiary",
                key=f"assessment-{identity}",
                help=f"Take {name} back",
            ):
                widgets.confirm(
                    "Take back",
                    f"**{widgets.plain(name)}** is removed from this trace, for everybody.",
                    "Take back",
                    lambda: _take_back(slug, trace, identity),
                    done="It is taken back.",
                )


def _take_back(slug: str, trace: Trace, identity: str) -> None:
    kept.forget()
    traces.take_back(session.client(), slug, trace.trace_id, identity)


@st.dialog("Give feedback")
def give(slug: str, trace: Trace) -> None:
    """Asks what a person thinks of a trace, and sends it."""
    kind = st.segmented_control(
        "Kind",
        list(_KINDS),
        default="feedback",
        required=True,
        format_func=lambda name: _KINDS[name],
        key="feedback-kind",
    )
    st.caption(_KIND_HELP[str(kind)])
    known = sorted({str(one.get("assessment_name", "")) for one in trace.assessments} - {""})
    name = st.selectbox(
        "What about",
        known or ["correct"],
        index=0,
        accept_new_options=True,
        key="feedback-name",
        help="A short name, for instance correct, helpful, tone. Type a new one, or choose one.",
    )
    value = _value()
    rationale = st.text_area("Why", key="feedback-why", height=80, max_chars=10_000)
    ready = bool((name or "").strip()) and value is not None
    sent = st.button("Send", type="primary", key="feedback-send", disabled=not ready)
    if sent and value is not None:
        with widgets.answering():
            kept.forget()
            traces.assess(
                session.client(),
                slug,
                trace.trace_id,
                name=str(name).strip(),
                kind=str(kind),
                value=value,
                rationale=rationale.strip(),
                username=str(session.person()["username"]),
            )
            widgets.notice("Thank you. Your word is on the trace.")
            st.rerun()


def _value() -> str | float | bool | None:
    """Draws the field for a value of the chosen kind; None while it is empty."""
    kind = st.segmented_control(
        "Answer", _VALUES, default=_VALUES[0], required=True, key="feedback-value-kind"
    )
    if kind == "Number":
        number = st.number_input("Value", value=None, key="feedback-number", step=None)
        return None if number is None else float(number)
    if kind == "Text":
        text = st.text_input("Value", key="feedback-text", max_chars=10_000)
        return text.strip() or None
    chosen = st.radio("Value", ["Yes", "No"], key="feedback-yes", horizontal=True)
    return chosen == "Yes"

"""What can be taken from ticked runs, and written to all of them: ids, code, tags."""

import pprint
from collections.abc import Sequence

import streamlit as st

from studio_app import session
from studio_app.runs import kept, tracking
from studio_app.settings import settings
from studio_app.ui import formats, widgets

# MLflow takes no longer ones.
_LONGEST_KEY, _LONGEST_VALUE = 250, 8000
# The reading room takes no more names of runs in one question.
_MOST = tracking.MOST_NAMED

_CODE = """\
import os

import pyarrow
import requests

question = {question}
answer = requests.post(
    {url!r},
    json=question,
    headers={{"Authorization": f"Bearer {{os.environ['MLFLOW_TRACKING_TOKEN']}}"}},
    timeout=60,
)
answer.raise_for_status()
runs = pyarrow.ipc.open_stream(answer.content).read_all().to_pandas()
"""


def python(project: str, run_ids: Sequence[str], columns: Sequence[str], view: str) -> str:
    """Code that reads the same rows with the same columns, by a token."""
    ids = list(run_ids)[:_MOST]
    question = {
        "projects": [project],
        "runs": ids,
        "view": view,
        "columns": list(columns),
        "limit": len(ids),
    }
    url = f"{settings().public_api_url}/studio/v1/runs/query"
    return _CODE.format(question=pprint.pformat(question, width=88, sort_dicts=False), url=url)


def copy_button(project: str, run_ids: Sequence[str], columns: Sequence[str], view: str) -> None:
    """Draws the menu of texts to copy."""
    with st.popover("Copy", icon=":material/content_copy:", key="runs-copy", disabled=not run_ids):
        st.caption("Run ids")
        st.code("\n".join(run_ids), language=None, height=120 if len(run_ids) > 4 else "content")
        st.caption("As Python: reads these rows with a token in `MLFLOW_TRACKING_TOKEN`")
        st.code(python(project, run_ids, columns, view), language="python", height=260)


def tag_button(project: str, run_ids: Sequence[str]) -> None:
    """Draws the form that gives all of the runs one tag."""
    count = formats.count(len(run_ids), "run")
    with (
        st.popover("Tag", icon=":material/label:", key="runs-tag", disabled=not run_ids),
        st.form("runs-tag-form", border=False, clear_on_submit=True),
    ):
        key = st.text_input("Tag", key="runs-tag-key", max_chars=_LONGEST_KEY)
        value = st.text_input("Value", key="runs-tag-value", max_chars=_LONGEST_VALUE)
        if not st.form_submit_button(f"Tag {count}", type="primary", key="runs-tag-set"):
            return
        if not key.strip():
            st.error("A tag needs a name.")
            return
        kept.forget()
        for run_id in run_ids:
            tracking.set_tag(session.client(), project, run_id, key.strip(), value)
        widgets.notice(f"Tagged {count}.")
        st.rerun()

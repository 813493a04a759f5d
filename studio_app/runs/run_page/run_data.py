"""The data that a run read: name, digest, columns, where it lies, and which other runs read it."""

import json

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.runs import RunPage
from studio_app.models.registry import quoted
from studio_app.runs import kept, run_rows, tracking
from studio_app.runs.table import run_table
from studio_app.runs.tracking import Run
from studio_app.ui import formats, navigation, widgets

# Other runs of a dataset that stand below it; the rest is a link away.
_OTHERS = 5
_ROWS = 12


def show(slug: str, run: Run) -> None:
    """Draws a card for each dataset of a run."""
    if not run.datasets:
        widgets.empty_state(
            "No data logged",
            "`mlflow.log_input(mlflow.data.from_pandas(frame, name='sales'), context='training')` "
            "keeps which data a run read, with a digest of what was in it.",
            icon="database",
        )
        return
    for place, dataset in enumerate(run.datasets):
        with st.container(border=True, gap="xsmall"):
            _dataset(dataset, place)
            _others(slug, run, dataset, place)


def reading(dataset: dict[str, str]) -> str:
    """The filter of runs that read the same data: of this name, with this digest."""
    parts = (("dataset.name", dataset["name"]), ("dataset.digest", dataset["digest"]))
    return " AND ".join(f"{field} = {quoted(value)}" for field, value in parts)


def _dataset(dataset: dict[str, str], place: int) -> None:
    used = f" :gray-badge[{widgets.plain(dataset['context'])}]" if dataset["context"] else ""
    st.markdown(f"**{widgets.plain(dataset['name'])}**{used}")
    facts = [*_profile(dataset["profile"]), f"digest `{widgets.plain(dataset['digest'])}`"]
    st.caption(" · ".join(facts))
    if where := source(dataset):
        st.code(where, language=None, wrap_lines=True)
    columns = _schema(dataset["schema"])
    if columns:
        with st.expander(formats.count(len(columns), "column"), key=f"schema-{place}"):
            st.dataframe(
                pd.DataFrame(columns, columns=["Column", "Type"]),
                key=f"run-schema-{place}",
                hide_index=True,
                height=run_table.height(len(columns), _ROWS),
                alt="Columns of the data",
            )


def _others(slug: str, run: Run, dataset: dict[str, str], place: int) -> None:
    asked = reading(dataset)

    def ask() -> RunPage:
        return tracking.query_runs(
            session.client(), slug, [], filter_text=asked, columns=[], limit=_OTHERS + 1
        )

    page = kept.read(("runs of data", slug, asked), ask, height=80)
    others = page.table.filter([one != run.run_id for one in page.table["run_id"].to_pylist()])
    if not others.num_rows:
        st.caption("No other run of this project read it.")
        return
    st.caption("Also read by")
    run_rows.show(others.slice(0, _OTHERS), {}, f"runs-of-data-{place}")
    if others.num_rows > _OTHERS or page.next_page_token:
        navigation.link(
            "runs",
            f"All {page.total} runs that read it",
            icon=":material/table_rows:",
            project=slug,
            experiment_id="all",
            filter=asked,
        )


def source(dataset: dict[str, str]) -> str:
    """Where the data lie, as far as MLflow's JSON says it in one value; else that JSON."""
    text = dataset["source"]
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, dict):
        told = [str(value) for value in found.values() if value not in (None, "", {}, [])]
        # What came from the code itself names the tags of the run, which the page shows elsewhere.
        if "tags" in found:
            return ""
        return told[0] if len(told) == 1 else (text if told else "")
    return text


def _profile(text: str) -> list[str]:
    try:
        found = json.loads(text) if text else {}
        rows = int(found["num_rows"]) if "num_rows" in found else None
    except (ValueError, TypeError):
        return []
    return [] if rows is None else [f"{formats.grouped(rows)} rows"]


def _schema(text: str) -> list[tuple[str, str]]:
    try:
        columns = (json.loads(text) if text else {}).get("mlflow_colspec", [])
        return [(str(column["name"]), str(column["type"])) for column in columns]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []

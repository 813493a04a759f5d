"""All runs that a filter finds as a file: with ids, whole numbers, and times with their zone."""

import io
from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import streamlit as st

from studio_app import session
from studio_app.api.client import Client
from studio_app.runs.table import run_table
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_list import Asked
from studio_app.ui import formats

_TIMES = ("start_time", "end_time")
# What is written is a file for people: these say nothing to them.
_LEFT_OUT = ("artifact_uri", "lifecycle_stage")


def button(asked: Asked, known: RunColumns) -> None:
    """Draws the menu of the formats; a file is made when its button is pressed."""
    client = session.client()
    with st.popover("Export", icon=":material/download:", key="runs-export"):
        count = f"{formats.grouped(known.runs)} {'run' if known.runs == 1 else 'runs'}"
        st.caption(f"{count} that the filter finds, with {len(known.most_telling)} columns.")
        for label, kind, make in (
            ("CSV, safe to open in a spreadsheet", "csv", as_csv),
            ("Parquet", "parquet", as_parquet),
        ):
            st.download_button(
                label,
                data=partial(_file, client, asked, known, make),
                file_name=f"runs-{asked.project}-{asked.experiment_id or 'all'}.{kind}",
                key=f"runs-export-{kind}",
                on_click="ignore",
            )


def table(client: Client, asked: Asked, known: RunColumns) -> pa.Table:
    """Every run that the question finds, in its order, with all that the runs have."""
    found = client.query_runs(
        {
            "projects": [asked.project],
            "experiments": asked.experiments or None,
            "filter": asked.filter,
            "order": run_table.order(asked.sort),
            "columns": known.most_telling,
            "view": asked.view,
            "all": True,
        }
    ).table
    for name in _TIMES:
        times = pc.if_else(pc.equal(found[name], 0), None, found[name])
        zoned = times.cast(pa.timestamp("ms", tz="UTC"))
        found = found.set_column(found.column_names.index(name), name, zoned)
    return found.drop_columns([name for name in _LEFT_OUT if name in found.column_names])


def as_csv(found: pa.Table) -> bytes:
    """The table as CSV: a text that a spreadsheet would run as a formula is quoted for it."""
    for place, field in enumerate(found.schema):
        if pa.types.is_string(field.type):
            texts = [formats.unformulated(text) for text in found[field.name].to_pylist()]
            found = found.set_column(place, field.name, pa.array(texts, pa.string()))
        elif pa.types.is_timestamp(field.type):
            texts = pc.strftime(found[field.name], format="%Y-%m-%dT%H:%M:%SZ")
            found = found.set_column(place, field.name, texts)
    safe = [str(formats.unformulated(name)) for name in found.column_names]
    sink = io.BytesIO()
    pyarrow.csv.write_csv(found.rename_columns(safe), sink)
    return sink.getvalue()


def as_parquet(found: pa.Table) -> bytes:
    """The table as Parquet, with the types that it has."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(found, sink)
    return sink.getvalue()


def _file(
    client: Client, asked: Asked, known: RunColumns, make: Callable[[pa.Table], bytes]
) -> bytes:
    return make(table(client, asked, known))

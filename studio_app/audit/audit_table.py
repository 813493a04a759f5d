"""Events of the audit trail as a table, as a chart and as files."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import tzinfo

import pandas as pd
import plotly.graph_objects as go

from studio_app.api.client import Client, Json
from studio_app.ui import times
from studio_app.ui.chart_theme import SERIES, Tone, template
from studio_app.ui.formats import unformulated

# The most events of one download.
DOWNLOAD_MOST = 10_000
_AT_ONCE = 1000
COLOURS = {"allowed": SERIES[0], "denied": SERIES[1], "failed": SERIES[7]}
COLUMNS = {
    "at": "Time",
    "outcome": "Outcome",
    "user": "Person",
    "project": "Project",
    "operation": "Operation",
    "target": "What",
    "reason": "Reason",
    "count": "Count",
}


def frame(events: Sequence[Json], where: tzinfo) -> pd.DataFrame:
    """The table, with times as the reader's clock showed them."""
    rows = pd.DataFrame([{name: event[name] for name in COLUMNS} for event in events])
    times = pd.to_datetime(rows["at"], utc=True)
    rows["at"] = times.dt.tz_convert(where).dt.tz_localize(None)
    rows["outcome"] = [[outcome] for outcome in rows["outcome"]]
    return rows


def chart(counts: Sequence[Json], per: str, where: tzinfo, tone: Tone) -> go.Figure:
    """Bars over time, one colour for each outcome."""
    figure = go.Figure(layout={"template": template(tone), "height": 200, "barmode": "stack"})
    width = (24 if per == "day" else 1) * 3_600_000
    for outcome, colour in COLOURS.items():
        rows = [one for one in counts if one["outcome"] == outcome]
        if not rows:
            continue
        begins = [times.moment(one["at"]) for one in rows]
        # A day is counted in UTC: shifted to another zone, its bar would lie on two of its days.
        shown = [at if per == "day" else at.astimezone(where) for at in begins]
        figure.add_trace(
            go.Bar(
                x=[at.replace(tzinfo=None) for at in shown],
                y=[one["count"] for one in rows],
                name=outcome,
                width=width * 0.9,
                offset=0,
                marker_color=colour,
                hovertemplate="%{y} " + outcome + "<extra></extra>",
            )
        )
    figure.update_layout(showlegend=True, hovermode="x unified", bargap=0)
    return figure


def every(client: Client, wanted: dict[str, str | None]) -> Iterator[Json]:
    """All events that are wanted, the newest first, up to the most of a download."""
    token, left = "", DOWNLOAD_MOST
    while left > 0:
        page = client.events(max_results=min(_AT_ONCE, left), page_token=token, **wanted)
        yield from page["events"]
        left -= len(page["events"])
        token = str(page["next_page_token"])
        if not token:
            return


def as_json(client: Client, wanted: dict[str, str | None]) -> str:
    """The events as a JSON document."""
    return json.dumps(list(every(client, wanted)), indent=1)


def as_csv(client: Client, wanted: dict[str, str | None]) -> str:
    """The events for a spreadsheet; no text of theirs becomes a formula there."""
    file = io.StringIO()
    written: csv.DictWriter[str] | None = None
    for event in every(client, wanted):
        if written is None:
            written = csv.DictWriter(file, list(event))
            written.writeheader()
        written.writerow({name: unformulated(value) for name, value in event.items()})
    return file.getvalue()

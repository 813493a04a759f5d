"""Events of the audit trail as a table, as a chart and as files."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

import pandas as pd
import plotly.graph_objects as go

from studio_app.api.client import Client, Json
from studio_app.audit.audit_filter import Period
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


def chart(
    counts: Sequence[Json], period: Period, where: tzinfo, tone: Tone, now: datetime
) -> go.Figure:
    """Bars over the whole period until now, by the reader's clock, a colour for each outcome."""
    figure = go.Figure(layout={"template": template(tone), "height": 200, "barmode": "stack"})
    hours = 24 if period.bars == "day" else 1
    for outcome, colour in COLOURS.items():
        bars = _bars(counts, outcome, period, where)
        if not bars:
            continue
        figure.add_trace(
            go.Bar(
                x=list(bars),
                y=list(bars.values()),
                name=outcome,
                width=hours * 3_600_000 * 0.9,
                offset=0,
                marker_color=colour,
                hovertemplate="%{y} " + outcome + "<extra></extra>",
            )
        )
    end = now.astimezone(where).replace(tzinfo=None)
    begin = (now - period.length).astimezone(where).replace(tzinfo=None)
    # The bars that the ends lie in are seen whole.
    first, last = _begin(begin, period), _begin(end, period) + timedelta(hours=hours)
    figure.update_xaxes(type="date", range=[first, last], showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat="~s")
    figure.update_layout(showlegend=True, hovermode="x unified", bargap=0)
    return figure


def _bars(
    counts: Sequence[Json], outcome: str, period: Period, where: tzinfo
) -> dict[datetime, int]:
    found: dict[datetime, int] = {}
    for one in counts:
        if one["outcome"] != outcome:
            continue
        at = times.moment(one["at"])
        # A day that was counted in UTC, shifted to another zone, would lie on two of its days.
        shown = at if period.counted == "day" else at.astimezone(where)
        begin = _begin(shown.replace(tzinfo=None), period)
        found[begin] = found.get(begin, 0) + int(one["count"])
    return found


def _begin(at: datetime, period: Period) -> datetime:
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole.replace(hour=0) if period.bars == "day" else whole


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

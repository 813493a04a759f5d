"""How the charts are arranged, in the address: what a link to them shows to somebody else.

    charts=smooth~0.6,hide~loss   panels and how they are drawn
    split=35                      the table's part of the width, in percent, beside the charts
    group=params.lr,params.opt    what runs are grouped by

The browser reads and writes the text of `charts` (frontend/src/run_charts/panels/arrangement.ts):
nothing here needs to know what is in it.
"""

from ml_studio.run_charts import HALVES, ChartView, charts_view
from studio_app.runs.table import run_groups, run_view
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_view import GROUPABLE
from studio_app.ui import agreement, url_state
from studio_app.ui.agreement import Agreement

NAMES = ("charts", "split")

# An address is read by servers and proxies too, which take some thousand signs.
_MOST_SIGNS = 4000


def agree(key: str) -> Agreement[ChartView]:
    """How the charts are arranged now: as the person has just done it, else as the address says."""
    return agreement.agree(f"runs-charts-view-{key}", charts_view(key), _address, _put)


def groups(known: RunColumns) -> tuple[str, ...]:
    """The columns that the address groups by, as the reading room calls them."""
    offered = set(run_groups.groupable(known))
    shown = run_view.read(url_state.address(), ())
    return tuple(GROUPABLE.get(name, name) for name in shown.group if name in offered)


def _address() -> ChartView:
    split = url_state.value("split")
    part = int(split) if split.isascii() and split.isdigit() and len(split) < 3 else HALVES
    return ChartView(url_state.value("charts")[:_MOST_SIGNS], part)


def _put(view: ChartView) -> None:
    """Writes a view into the address, in one step of the browser's history."""
    charts = view.charts if len(view.charts) <= _MOST_SIGNS else ""
    split = "" if view.split == HALVES else str(view.split)
    kept = {name: text for name, text in url_state.address().items() if name not in NAMES}
    wanted = {"charts": charts, "split": split}
    url_state.replace(kept | {name: text for name, text in wanted.items() if text})

"""What became of runs since their table was read: handed to the table in the browser.

    run_updates(
        rows, key="runs-updates", news=News(of=version, running=2, begun="0", at="12:03:20")
    )

It draws nothing of its own. The table puts the values into its rows, which stay where they are, and
says how many go on and how many began since; its `on_again` is the wish to read them.
"""

import hashlib
from dataclasses import asdict, dataclass

import pyarrow as pa

from ml_studio.component import mount

NAME = "run_updates"


@dataclass(frozen=True)
class News:
    """What is told beside the rows.

    `of` is the version of the table that was read, `running` how many of the runs go on, `begun`
    how many began later (`99+` for more), `at` when this was read, by the reader's clock.
    """

    of: str
    running: int
    begun: str
    at: str

    @property
    def version(self) -> str:
        """Another text for each other news."""
        said = "\n".join(map(str, asdict(self).values()))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def run_updates(rows: pa.Table, *, key: str, news: News) -> None:
    """Hand over runs as they are now, with the columns of the table's frame."""
    mount(
        NAME,
        key=key,
        data={"frame": rows, **asdict(news), "version": news.version},
        callbacks={},
    )

"""`python mlflow_routes.py` prints every route of the installed MLflow as JSON: [method, path].

A program of its own, because importing MLflow's server takes seconds and a lot of memory.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")


def flask_path(rule: str) -> str:
    """A path in Flask's spelling, told in FastAPI's: `<path:name>` is `{name:path}`."""
    return VARIABLE.sub(
        lambda found: "{" + found[2] + (":path" if found[1] == "path" else "") + "}", rule
    )


def fastapi_routes(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Method and path of every route; included routers are opened, mounted programs are not."""
    for route in routes:
        if candidates := getattr(route, "effective_candidates", None):
            yield from fastapi_routes(candidates())
        elif hasattr(route, "methods"):
            for method in route.methods or ():
                yield method, route.path


def main() -> None:
    """Print them."""
    warnings.simplefilter("ignore")
    from mlflow.server import app as flask_app
    from mlflow.server.fastapi_app import app as fastapi_app

    found = set(fastapi_routes(fastapi_app.routes))
    for rule in flask_app.url_map.iter_rules():
        found |= {(method, flask_path(rule.rule)) for method in rule.methods or ()}
    automatic = {"HEAD", "OPTIONS"}
    json.dump(sorted(pair for pair in found if pair[0] not in automatic), sys.stdout)


if __name__ == "__main__":
    main()

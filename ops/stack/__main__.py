"""`docker compose config | python -m ops.stack <secrets folder> [image=tagged ...]`.

`make stack` runs it in the image; `docker stack deploy` takes the JSON that it writes. Exit codes:
0, or 2 with a sentence.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import yaml

from ops.stack.convert import Given, NotConvertible, stack


def main() -> int:
    """Read the configuration, write the stack file; the exit code."""
    folder, *pairs = sys.argv[1:]
    compose = yaml.safe_load(sys.stdin)
    try:
        given = Given(
            secrets={name: (Path(folder) / name).read_bytes() for name in compose["secrets"]},
            images=dict(pair.split("=", 1) for pair in pairs),
            project=os.environ.get("COMPOSE_PROJECT_NAME") or "ml-studio",
            node=os.environ.get("STUDIO_DATA_NODE") or "",
            processors=float(os.environ.get("STUDIO_STACK_PROCESSORS") or 0) or None,
            encrypted=(os.environ.get("STUDIO_STACK_ENCRYPTED") or "true") == "true",
        )
        made = stack(compose, given)
    except (NotConvertible, OSError) as error:
        sys.stderr.write(f"stack: {error}\n")
        return 2
    json.dump(made, sys.stdout, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which secrets each service reads, and what they are now.

`docker compose config | python -m ops.server.secret_readers <secrets folder>` prints a line for
each service that reads some: `SECRETS_OF_<SERVICE>=<digest of their contents>`. The compose files
make it a label of the container, and `make up` writes the lines into .env. So Compose replaces the
containers that read a changed secret, and no others: by itself it looks at the names of files only.
Exit codes: 0, or 2 with a sentence.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ops.server.secret_rotation import DIGEST_KEY, HISTORY, PASSING


def variable(service: str) -> str:
    """The variable with a service's digest."""
    return f"SECRETS_OF_{service.upper().replace('-', '_')}"


def digests(compose: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Each variable with its digest; without the key nobody can try what a secret might be.

    Raises OSError if the key or a secret cannot be read.
    """
    key = (folder / HISTORY / DIGEST_KEY).read_bytes()
    files = {
        name: folder / Path(said["file"]).name for name, said in compose.get("secrets", {}).items()
    }
    for service, said in sorted(compose["services"].items()):
        named = {
            one if isinstance(one, str) else str(one["source"]) for one in said.get("secrets") or []
        }
        if not named:
            continue
        digest = hmac.new(key, digestmod=hashlib.sha256)
        # MLflow's gate looks at the upstream secret before by itself, and migrate runs anyway.
        for name in sorted(named - PASSING):
            content = files[name].read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
        yield variable(service), digest.hexdigest()[:12]


def main() -> int:
    """Write the lines; the exit code."""
    try:
        for name, digest in digests(yaml.safe_load(sys.stdin), Path(sys.argv[1])):
            sys.stdout.write(f"{name}={digest}\n")
    except OSError as error:
        sys.stderr.write(f"secrets: {error.filename}: {error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tools.documents`, or `make docs`, writes what is generated in docs/."""

from __future__ import annotations

import sys

from tools.documents import permissions
from tools.documents.operations import API, PERMISSIONS, with_operations

if __name__ == "__main__":
    API.write_text(with_operations(API.read_text()))
    PERMISSIONS.write_text(permissions.document())
    sys.stdout.write(f"{API} and {PERMISSIONS} are up to date.\n")

"""The ids that follow a request through the services, and the secrets that no line may hold."""

from __future__ import annotations

import os
import re
import uuid

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A secret of ours in an address by mistake (uac_api/access/credentials/secrets.py).
SECRET = re.compile(r"(mls|mss|mst|msi|msb)_([a-z0-9]{12})_[\w-]+")
# W3C Trace Context, level 1, section 3.2: version 00 with ids that are not all zeros.
TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
# What of an address of MLflow says which request it is; ids and the paths of files do not.
WORD = re.compile(r"[a-z][a-z-]*|\d\.\d|v1")
FILES = "/artifacts/"


def request_id(offered: str) -> str:
    """The client's own id if it is one, else a new one of 32 hexadecimal digits."""
    return offered if REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex


def without_secrets(text: str) -> str:
    """The text with every secret of ours cut after its id, which is none."""
    return SECRET.sub(r"\1_\2_...", text) if "_" in text else text


def traced(offered: str, request_id: str) -> tuple[str, str]:
    """The trace's id and its flags: those of a traceparent, or new ones that name the request."""
    if found := TRACEPARENT.fullmatch(offered):
        return found[1], found[2]
    return request_id if TRACE_ID.fullmatch(request_id) else uuid.uuid4().hex, "01"


def traceparent(trace_id: str, flags: str) -> str:
    """This hop as the next one gets it."""
    return f"00-{trace_id}-{os.urandom(8).hex()}-{flags}"


def shape(path: str) -> str:
    """The address of a request without what differs from one to the next: ids, names of files."""
    before, mark, _ = path.partition(FILES)
    parts = f"{before}{mark}".rstrip("/").split("/")
    told = "/".join(part if not part or WORD.fullmatch(part) else "*" for part in parts)
    return told or "/"

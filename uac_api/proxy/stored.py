"""What MLflow says when its artifact store fails, told as what it is.

MLflow answers an S3 that is down with a bare 500, wrong keys with 401 or 403, a bucket that is gone
with 404, and a file that is not there with 500. To a client these would be its own mistakes, and
some of the texts name the bucket.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus

import structlog

from ..errors import Missing, StoreFailed
from .rules import Rule
from .rules.artifacts import ARTIFACTS
from .upstream import Answer, Kept, names_store

_log = structlog.get_logger("uac.proxy")
_ROWS = frozenset(ARTIFACTS)
# What boto3 says of an object, as against a bucket, that is not there.
_NO_FILE = re.compile(r"\(404\) when calling the HeadObject|NoSuchKey")
_SAID = 500


def told(rule: Rule, answer: Answer, request_id: str) -> Answer:
    """The answer itself, or 404 for a file that is not there; raises StoreFailed."""
    if answer.status < HTTPStatus.BAD_REQUEST or rule not in _ROWS:
        return answer
    content = answer.body.read()
    message = _message(content)
    # 501: a folder knows no uploads in parts. That is no failure.
    failed = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != 501
    if _NO_FILE.search(message):
        missing = Missing("There is no such file. List the folder to see what is there.")
        headers = {"content-type": "application/json"}
        return Answer(missing.status, headers, Kept(missing.body(request_id)))
    if failed or names_store(message):
        _log.warning("artifact_store_failed", request_id=request_id, said=message[:_SAID])
        raise StoreFailed
    return Answer(answer.status, answer.headers, Kept(content))


def _message(content: bytes) -> str:
    try:
        document = json.loads(content)
    except ValueError:
        return ""
    return str(document.get("message", "")) if isinstance(document, dict) else ""

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

from ...errors import BadRequest, Missing, StoreFailed
from ...mlflow.upstream import Answer, Kept, names_store
from ..rules import Rule
from ..rules.artifacts import ARTIFACTS

_log = structlog.get_logger("uac.proxy")
_ROWS = frozenset(ARTIFACTS)
# What boto3 says of an object, as against a bucket, that is not there.
_NO_FILE = re.compile(r"\(404\) when calling the HeadObject|NoSuchKey")
_SAID = 500
# What MLflow says of a version whose source is `runs:/...` or `models:/...`: it would have to ask
# itself for the files, and knows no address of its own (tried on 3.17.2).
OWN_ADDRESS = "the tracking URI must be a valid http or https URI"


def told(rule: Rule, answer: Answer, request_id: str) -> Answer:
    """The answer itself, or 404 for a file that is not there.

    Raises StoreFailed, and BadRequest where MLflow cannot open what a version has as its source.
    """
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
    if OWN_ADDRESS in message:
        # Its text names MLflow's database.
        raise BadRequest(
            "MLflow cannot open the files of this version by its source. Open them at the run or "
            "the logged model that the source names.",
            reason="unreadable_source",
        )
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

"""How the rows of files are asked."""

from __future__ import annotations

from content import FILE

from .ask import Way, Ways, asked, told
from .estate import Estate

A, P = "/api/2.0/mlflow/artifacts/", "/api/2.0/mlflow-artifacts/"
M = "/api/2.0/mlflow/logged-models/{model_id}/artifacts/"
FOLDER = FILE.partition("/")[0]
TRACE_FILE = "GET /api/{}/mlflow/get-trace-artifact"


def _put(c: Estate, name: str) -> Way:
    return Way(raw=b"new", variables={"artifact_path": f"{c.artifacts}/{name}"})


def _part(c: Estate, **fields: object) -> Way:
    return Way(body=fields, variables={"artifact_path": c.artifacts})


ARTIFACTS: Ways = {
    f"GET {A}list": lambda c: [asked(run_id=c.run), asked(run_uuid=c.run, path=FOLDER)],
    "GET /get-artifact": lambda c: [
        asked(run_id=c.run, path=FILE),
        asked(run_uuid=c.run, path=FILE),
    ],
    "GET /model-versions/get-artifact": lambda c: [
        asked(name=c.registered, version=c.version, path=FILE)
    ],
    TRACE_FILE.format("2.0"): lambda c: [asked(request_id=c.trace)],
    TRACE_FILE.format("3.0"): lambda c: [asked(request_id=c.trace)],
    "POST /api/2.0/mlflow/upload-artifact": lambda c: [
        Way(query={"run_uuid": c.run, "path": "notes/new.txt"}, raw=b"new")
    ],
    f"GET {M}directories": lambda _: [asked(), asked(artifact_directory_path=FOLDER)],
    f"GET {M}files": lambda _: [asked(artifact_file_path=FILE)],
    f"GET {P}artifacts": lambda c: [
        asked(path=c.artifacts),
        asked(path=f"{c.artifacts}/{FOLDER}"),
        asked(path=f"{c.experiment}/{c.run}/artifacts"),
    ],
    f"GET {P}artifacts/{{artifact_path:path}}": lambda _: [asked()],
    f"PUT {P}artifacts/{{artifact_path:path}}": lambda c: [_put(c, "notes/put.txt"), _put(c, FILE)],
    f"DELETE {P}artifacts/{{artifact_path:path}}": lambda _: [asked()],
    f"POST {P}mpu/create/{{artifact_path:path}}": lambda c: [_part(c, path="x.bin", num_parts=2)],
    f"POST {P}mpu/complete/{{artifact_path:path}}": lambda c: [
        _part(c, path="x.bin", upload_id="u", parts=[{"part_number": 1, "etag": "e", "url": "u"}])
    ],
    f"POST {P}mpu/abort/{{artifact_path:path}}": lambda c: [_part(c, path="x.bin", upload_id="u")],
    f"GET {P}presigned/{{artifact_path:path}}": lambda _: [asked()],
    f"POST {A}presigned-upload-url": lambda c: [told(run_id=c.run, path="x.bin", expiration=60)],
    f"POST {A}presigned-download-url": lambda c: [told(run_id=c.run, path=FILE, expiration=60)],
}

"""`python mlflow_messages.py` prints how the installed MLflow reads its requests, as JSON.

`descriptors` is a FileDescriptorSet of its protobuf files in base64, `handlers` has for each route
the message that its handler parses, empty if it parses none. A program of its own, because
importing MLflow's server takes seconds and a lot of memory.
"""

from __future__ import annotations

import base64
import inspect
import json
import re
import sys
import warnings
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

PARSES = re.compile(r"_get_request_message\(\s*(\w+)\(")


def descriptors(modules: list[Any]) -> str:
    """The files of the modules and all that they import, each after what it imports."""
    files: dict[str, FileDescriptorProto] = {}

    def add(file: Any) -> None:
        if file.name in files:
            return
        for other in file.dependencies:
            add(other)
        files[file.name] = FileDescriptorProto()
        file.CopyToProto(files[file.name])

    for module in modules:
        add(module.DESCRIPTOR)
    return base64.b64encode(FileDescriptorSet(file=files.values()).SerializeToString()).decode()


def main() -> None:
    """Print them."""
    warnings.simplefilter("ignore")
    from mlflow.protos import (
        mlflow_artifacts_pb2,
        model_registry_pb2,
        service_pb2,
        webhooks_pb2,
    )
    from mlflow.server import handlers

    modules = [service_pb2, model_registry_pb2, mlflow_artifacts_pb2, webhooks_pb2]
    found: dict[str, str] = {}
    for path, request_class, methods in handlers.get_endpoints(lambda kind: kind):
        handler = handlers.HANDLERS.get(request_class)
        if handler is None or not path.startswith("/api/"):
            continue
        parsed = set(PARSES.findall(inspect.getsource(inspect.unwrap(handler))))
        names = {getattr(handlers, one).DESCRIPTOR.full_name for one in parsed}
        plain = re.sub(r"<path:(\w+)>", r"{\1:path}", path)
        plain = re.sub(r"<(\w+)>", r"{\1}", plain)
        found[f"{methods[0]} {plain}"] = ",".join(sorted(names))
    json.dump({"descriptors": descriptors(modules), "handlers": found}, sys.stdout)


if __name__ == "__main__":
    main()

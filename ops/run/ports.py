"""A port somebody else listens on is found before anything is started."""

import errno
import socket
from collections.abc import Mapping

SERVICES = {"MLFLOW_PORT": "MLflow", "UAC_PORT": "the UAC API", "STUDIO_PORT": "Studio"}


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections that just ended do not hold a server up; a listener does, in spite of this.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def conflicts(ports: Mapping[str, int]) -> list[str]:
    """One sentence for every port that cannot be had."""
    return [
        f"Port {port} for {SERVICES[name]} is in use. Stop what listens there, or choose another "
        f"one with {name}, for example: make run {name}={port + 100}"
        for name, port in ports.items()
        if not is_free(port)
    ]

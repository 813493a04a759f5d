"""The tests of the pages use the running API of serving.py."""

from serving import server, service, studio

__all__ = ["server", "service", "studio"]

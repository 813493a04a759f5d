"""The tests of the pages use the running API of serving.py."""

from serving import mould, server, service, studio

__all__ = ["mould", "server", "service", "studio"]

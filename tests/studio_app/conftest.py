"""The tests of Studio's frame use the running API of serving.py."""

from serving import mould, server, service, studio

__all__ = ["mould", "server", "service", "studio"]

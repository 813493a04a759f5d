"""The tests of Studio's frame use the running API of serving.py."""

from serving import server, service, studio

__all__ = ["server", "service", "studio"]

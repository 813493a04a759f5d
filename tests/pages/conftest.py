"""The tests of the pages use the running API of serving.py."""

from serving import cookie_key, mould, server, service, studio

__all__ = ["cookie_key", "mould", "server", "service", "studio"]

"""Registered models: versions, aliases, where they came from."""

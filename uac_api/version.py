"""The version of ML Studio, also in pyproject.toml."""

__version__ = "0.1.0"

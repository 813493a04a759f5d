"""The version of ML Studio: the only place that says it; pyproject.toml and the chart are told."""

__version__ = "0.2.0"

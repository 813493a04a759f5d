"""Aliases and versions of registered models as badges."""

from collections.abc import Iterable, Mapping

from studio_app.ui import widgets

# What teams call the version in use stands out; MLflow itself gives no alias a meaning.
_STRONG = frozenset({"champion", "production", "prod", "live"})


def badge(alias: str, version: str = "") -> str:
    """One alias as Markdown, with the version that it points at if that is given."""
    colour = "green" if alias.casefold() in _STRONG else "violet"
    target = f" → {widgets.plain(version)}" if version else ""
    return f":{colour}-badge[@{widgets.plain(alias)}{target}]"


def badges(aliases: Iterable[str]) -> str:
    """Aliases as Markdown, by name."""
    return " ".join(badge(alias) for alias in sorted(aliases))


def with_versions(aliases: Mapping[str, str]) -> str:
    """Aliases with the version that each points at, what is in use first."""
    ordered = sorted(aliases, key=lambda alias: (alias.casefold() not in _STRONG, alias))
    return " ".join(badge(alias, aliases[alias]) for alias in ordered)

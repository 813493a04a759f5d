"""The organisation's identity provider (OpenID Connect): its keys, and what its tokens say."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import Settings
from .claims import Claims
from .documents import Documents
from .provider import Provider
from .tokens import Tokens

__all__ = ["Claims", "Provider", "SingleSignOn", "Tokens", "configured"]


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """The provider that is configured, and the reader of its tokens."""

    provider: Provider
    tokens: Tokens


def configured(settings: Settings) -> SingleSignOn | None:
    """Single sign-on as the settings say; None when they name no issuer."""
    if not settings.oidc_issuer:
        return None
    provider = Provider(settings.oidc_issuer, Documents())
    tokens = Tokens(
        provider,
        client_id=settings.oidc_client_id,
        audience=settings.oidc_audience or settings.oidc_client_id,
        algorithms=frozenset(name.strip() for name in settings.oidc_algorithms.split(",")),
    )
    return SingleSignOn(provider, tokens)

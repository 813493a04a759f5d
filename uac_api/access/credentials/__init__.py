"""Secrets, tokens, sessions, passwords: from a credential to its principal."""

"""Tokens: dialogs that make them, and lists."""

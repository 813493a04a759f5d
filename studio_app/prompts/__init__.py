"""Prompts: the list, one with its versions, and how they are written."""

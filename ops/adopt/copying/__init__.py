"""Rows and files of the source into the target, once whatever happens; checked, or taken back."""

"""Deletes for good what has been in the trash for long enough, with its files.

Each thing goes in three steps, so that a purge may be killed anywhere and done again: it is
*claimed* (from then on nobody can restore it), its files are deleted, its rows are deleted.
"""

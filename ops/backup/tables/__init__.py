"""Rows of a database to files of a backup and back, whatever kind of database it is."""

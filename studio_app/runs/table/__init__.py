"""The table of runs: its columns, groups, filter and arrangement, and what is taken out of it."""

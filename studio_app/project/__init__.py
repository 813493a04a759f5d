"""The page of a project: what it is about, and how its runs are doing."""

"""Lists over workspaces: experiments, runs, models and traces, newest first, page by page.

Every list is one statement for its rows, and one for each thing that belongs to the rows of the
page: tags, aliases, latest versions, last runs.
"""

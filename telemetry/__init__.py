"""What the services have in common to be watched by: the words of a log line, ids, traces.

It knows none of them and nothing of what they do.
"""

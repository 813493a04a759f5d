"""The installation as a whole: its numbers, jobs, processes, backups, artifact store."""

"""What an operator runs: the command `studio`, `make run`, `make up`, jobs, backups, adoption."""

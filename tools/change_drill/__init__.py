"""Changes of a server in use, by the commands of docs/: load goes on meanwhile, nothing is lost."""

"""Studio: its process, signing in, the client of the API, what pages share, a room per subject."""

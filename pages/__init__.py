"""One screen per file: fetch, show, act."""

"""The client of MLflow: the only HTTP to it; the reading room, its trash, its version."""

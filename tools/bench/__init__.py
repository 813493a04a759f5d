"""`make bench` measures what the proxy to MLflow costs, and writes it down."""

"""`make bench` measures what the door to MLflow costs, and writes docs/performance.md."""

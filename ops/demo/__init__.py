"""`make demo` fills a running Studio through its public doors: REST and an unmodified mlflow."""

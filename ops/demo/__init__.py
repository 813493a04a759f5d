"""`make demo` fills a running Studio through its public interfaces: REST, an unmodified mlflow."""

"""The MLflow server behind ML Studio: its start, its gate, and what it answers besides its REST."""

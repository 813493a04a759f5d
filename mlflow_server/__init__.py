"""The MLflow server behind ML Studio: its defaults, its gate and its start."""

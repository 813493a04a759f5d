"""`make run`: MLflow, the UAC API, the jobs and Studio as processes of this machine."""

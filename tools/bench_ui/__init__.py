"""Measures the interface in Chromium, against MLflow's own by turns."""

"""Runs, curves and lists read from MLflow's database by our own statements; nothing is written."""

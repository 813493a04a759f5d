"""Runs of one project: lists, one run, curves, comparison."""

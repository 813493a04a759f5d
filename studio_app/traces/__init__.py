"""Traces: lists of them, one with its spans, and what people think of it."""

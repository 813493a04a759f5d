"""The audit trail as people look through it."""

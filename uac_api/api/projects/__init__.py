"""Projects: who is in them, who may do what, what they use, what was deleted."""

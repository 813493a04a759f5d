"""Projects, who is in them with which role, and what of them was deleted."""

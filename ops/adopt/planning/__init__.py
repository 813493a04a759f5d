"""Before anything is copied: the plan, what it chooses, and what stands in its way."""

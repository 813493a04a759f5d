"""The page of one run: its header, its tabs, and what of them grows while the run goes on."""

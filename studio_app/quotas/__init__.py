"""What projects use, and their limits."""

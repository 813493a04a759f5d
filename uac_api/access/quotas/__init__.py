"""What projects may use, and what they use."""

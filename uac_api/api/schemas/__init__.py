"""What clients of the management API send and what they are answered, one module a noun."""

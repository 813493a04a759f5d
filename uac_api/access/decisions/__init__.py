"""Who may do what, and why: roles, operations, principals, the decision and what explains it."""

"""The audit trail: events, signatures, seals, and how it is verified."""

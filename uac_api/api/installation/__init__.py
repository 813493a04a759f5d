"""The installation itself: its health, its figures, its audit trail."""

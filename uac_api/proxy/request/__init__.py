"""A request as it is judged: canonical, counted, and wholly understood."""

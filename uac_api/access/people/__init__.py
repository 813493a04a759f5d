"""People, groups and accounts of programs: how they come, what they are, how they go."""

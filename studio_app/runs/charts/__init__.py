"""Charts of runs: curves as they are stored, panels as they are arranged, ranges that filter."""

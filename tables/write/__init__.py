"""Writing records as rows: reading values, checks, keys, overlaps, the engine and its SQL."""

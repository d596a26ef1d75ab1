"""From records to rows: reading values, checks, keys, overlaps, the engine and its SQL."""

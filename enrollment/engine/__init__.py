"""The engine: disenroll, reenroll and summary of a group, free of HTTP, queue and clock.

Every function works in the chosen target database and inside the caller's transaction; what is asked for
comes as plain data (``engine.parameters``), the day too. The rules are those of docs/enrollment.md.
"""

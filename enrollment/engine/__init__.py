"""The engine: it disenrolls, reenrolls and summarizes a group, without HTTP, a queue or a clock.

Every function works in the chosen target database, inside the caller's transaction. Requests come as plain
data (``engine.parameters``), the business date included. docs/enrollment.md has the rules.
"""

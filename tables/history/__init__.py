"""History: every change of a mirrored table, who made it and from where, written by the database itself."""

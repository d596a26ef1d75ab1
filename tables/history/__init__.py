"""History: every change of a mirrored table, with user and source. The database itself writes it."""

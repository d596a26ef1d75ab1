"""The admin pages of every mirrored table, and the history page."""

"""The lowest layer: who acts, in which request, in which database, on which day."""

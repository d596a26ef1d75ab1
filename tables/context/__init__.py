"""The ground floor: who acts, in which request, in which database, on what day."""

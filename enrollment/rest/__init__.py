"""The REST views of enrollment."""

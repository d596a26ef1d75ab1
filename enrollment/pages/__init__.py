"""The admin's pages of enrollment."""

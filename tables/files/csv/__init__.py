"""Reading and writing csv."""

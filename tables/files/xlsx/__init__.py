"""Reading and writing workbooks, by code of our own: docs/decisions.md has the reasons."""

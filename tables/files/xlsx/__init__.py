"""Reading and writing workbooks with our own code. docs/decisions.md has the reasons."""

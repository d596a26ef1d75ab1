"""Reading JSON and NDJSON."""

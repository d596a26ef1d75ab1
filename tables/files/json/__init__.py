"""Reading JSON and NDJSON: cut into records here, decoded by msgspec."""

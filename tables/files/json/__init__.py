"""Reading JSON and NDJSON: this package splits them into records, and msgspec decodes these."""

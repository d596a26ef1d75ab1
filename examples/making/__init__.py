"""The generator of the example data."""

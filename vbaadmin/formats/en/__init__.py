"""Formats of the only language the product speaks."""

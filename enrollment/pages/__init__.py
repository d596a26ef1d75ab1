"""The admin's enrollment pages."""

"""Subscribers, the members of their families, and authorizations."""

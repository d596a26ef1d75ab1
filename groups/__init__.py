"""Employer groups, their divisions, contracts and plans."""

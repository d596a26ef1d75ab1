"""The plan years of divisions, and copies of divisions."""

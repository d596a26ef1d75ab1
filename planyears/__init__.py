"""Plan years of divisions, and copies of divisions."""

"""The SQL of enrollment, by what it is for; each statement stands below a line on what it does."""

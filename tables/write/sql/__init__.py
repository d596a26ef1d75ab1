"""The SQL of writing, by subject: each function returns one statement, composed from a model's own metadata.

Values never enter these texts; they are parameters. ``rows`` is where the records stand: the staging
table, or for a few records a JSON parameter. Each has the column ``n``, the record's number in the input.
"""

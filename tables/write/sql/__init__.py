"""The SQL of writing, by subject. Each function returns one statement, built from a model's metadata.

Values are always parameters, never part of the text. ``rows`` is the source of the records: the staging
table, or a JSON parameter for a few records. Both have the column ``n``, the record's number in the input.
"""

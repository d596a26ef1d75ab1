"""The SQL of members: IDs for new subscribers."""

# Draw the next %(chunk)s numbers of the sequence, put them between prefix and suffix, and find the first that
# is not taken.
FREE_SUBSCRIBER_ID = """
    SELECT c.key FROM (
        SELECT %(prefix)s::text || lpad((nextval('subscriber_id_seq') %% %(numbers)s)::text, %(width)s, '0')
            || %(suffix)s::text AS key
        FROM generate_series(1, %(chunk)s)
    ) AS c
    WHERE NOT EXISTS (SELECT FROM subscribers AS s WHERE s.subscriber_id = c.key)
    LIMIT 1"""

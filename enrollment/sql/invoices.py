"""The SQL of invoice requests: the invoices that a reenrollment asks billing to make."""

# One request for each subscriber, division or group in which the process changed an enrollment or a plan. The
# division's invoice_Level decides which of the three; without one, it is the group.
REQUEST = """
    INSERT INTO invoicerequest (process_key, group_id, division_id, subscriber_id, invoice_date, requested_at)
    SELECT DISTINCT %(process)s::int, %(group)s,
           CASE WHEN d.invoice_level IN ('S', 'D') THEN c.division_id END,
           CASE WHEN d.invoice_level = 'S' THEN c.subscriber_id END,
           %(invoice_date)s::date, now()
    FROM enrollmentchange AS c
    JOIN groupdivision AS d ON d.group_id = %(group)s AND d.division_id = c.division_id
    WHERE c.process_key = %(process)s AND c.subscriber_id IS NOT NULL"""

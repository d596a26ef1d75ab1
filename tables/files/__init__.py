"""Files of records: reading and writing them in every supported format, in constant memory."""

"""Files of records: opening them whatever their format, and the records in them, in constant memory."""

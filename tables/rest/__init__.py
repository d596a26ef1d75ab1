"""The REST operations of every table: views, routes, filters, paging and the envelope."""

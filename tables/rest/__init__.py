"""What every table has by REST: views, routes, filters, paging, the envelope."""

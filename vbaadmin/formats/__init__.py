"""How dates and numbers look in the admin: unambiguous dates, and numbers with separators."""

"""How dates and numbers look in the admin: unambiguous days, numbers with separators."""

"""Rows of the tests of files."""


def make(model, **values):
    """Store a row of the chosen database, false and 0 in what it requires beside the given values."""
    empty = {"BooleanField": False, "IntegerField": 0}
    required = [field for field in model._meta.local_concrete_fields if not field.null]
    needed = {
        field.attname: empty[field.get_internal_type()]
        for field in required
        if field.get_internal_type() in empty
    }
    model(**{**needed, **values}).save(force_insert=True)

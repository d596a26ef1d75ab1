"""How a column's declared name becomes its name in files, API and database.

A field's verbose name is the published column name with blanks for underscores
("COBRA Auto Term Reason"). From it follow the file header (``COBRA_Auto_Term_Reason``),
the API name (``cobrA_Auto_Term_Reason``) and the database column (``cobra_auto_term_reason``).
"""


def published_name(verbose_name: str) -> str:
    """Return the published column name: ``"RX BIN"`` gives ``"RX_BIN"``."""
    return verbose_name.replace(" ", "_")


def api_name(published: str) -> str:
    """Return the JSON property name of a published column.

    The rule of the original serializer: lowercase the first letter and each following capital, as long as the
    next character is a capital too or the name ends.
    ``COBRA_Length`` gives ``cobrA_Length``, ``RX_BIN`` gives ``rX_BIN``, ``SSN`` gives ``ssn``.
    """
    letters = list(published)
    for position, letter in enumerate(letters):
        following = letters[position + 1] if position + 1 < len(letters) else None
        if not letter.isupper() or (position and following and not following.isupper()):
            break
        letters[position] = letter.lower()
    return "".join(letters)

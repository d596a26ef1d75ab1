"""Labels in place of API names: pages say "Original Date" where the API says ``original_Date``."""

import re
from collections.abc import Mapping

from tables.schema.columns import columns
from tables.schema.models import Table

# A value between quotes, or a word. The apostrophe of "the group's" opens no value.
_PIECE = re.compile(r"(?<!\w)'[^']*'|\w+")


def labels_of(model: type[Table]) -> dict[str, str]:
    """Return the label of each column of a table by its API name."""
    return {column.api: str(column.field.verbose_name) for column in columns(model)}


def with_labels(text: str, labels: Mapping[str, str]) -> str:
    """Return the text of a problem with labels in place of API names; values between quotes stay.

    A name that is also a plain word (``name``, ``state``) counts only at the beginning of the text.
    """

    def label(found: re.Match[str]) -> str:
        word = found[0]
        is_plain = word.isalpha() and word.islower()
        return word if is_plain and found.start() else labels.get(word, word)

    return _PIECE.sub(label, text)

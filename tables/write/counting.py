"""Refuses JSON arrays of too many records before the records become objects in memory."""

import json
import re

import msgspec

_BETWEEN = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_OPENING = re.compile(r"[ \t\n\r]*\[[ \t\n\r]*")


class TooManyRecords(ValueError):
    """The array has more records than are allowed."""


class _Counted:
    """A placeholder that replaces each record, to save memory. msgspec creates it by a hook, which counts."""


class _Counter:
    def __init__(self, most: int) -> None:
        self.most, self.found, self._same = most, 0, _Counted()

    def count(self, kind: object = None, record: object = None) -> _Counted:
        """Count one more record. Raises TooManyRecords."""
        self.found += 1
        if self.found > self.most:
            raise TooManyRecords
        return self._same


def refuse_more_objects(body: bytes, most: int) -> None:
    """Raise TooManyRecords if the body is an array of more than ``most`` records, all of them objects.

    Each object has a brace, so records are counted only if there are more than ``most`` braces.
    """
    if body.count(b"{") > most:
        _refuse_more(body, most)


def refuse_more_values(body: bytes, most: int) -> None:
    """Raise TooManyRecords if the body is, or starts as, an array of more than ``most`` values."""
    if body.count(b",") >= most:
        _refuse_more(body, most)


def _refuse_more(body: bytes, most: int) -> None:
    counter = _Counter(most)
    try:
        msgspec.json.decode(body, type=list[_Counted], dec_hook=counter.count)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, TooManyRecords):
            raise TooManyRecords from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Python's decoder accepts some JSON that msgspec refuses (see ``decode_json``), so count that too.
        _count_in_python(body, most)


def _count_in_python(body: bytes, most: int) -> None:
    """Count the records that Python's decoder reads, up to the first one that it cannot read."""
    text = body.decode("utf-8-sig", "replace")
    opening = _OPENING.match(text)
    counter, decode = _Counter(most), json.JSONDecoder().raw_decode
    place = opening.end() if opening else len(text)
    while place < len(text):
        try:
            _, place = decode(text, place)
        except (ValueError, RecursionError):
            return
        counter.count()
        between = _BETWEEN.match(text, place)
        if between is None:
            return
        place = between.end()

"""Conditions over rows, declared in a model: which rows are doubtful, and which somebody should look at."""

from dataclasses import dataclass

from tables.context.users import AnyUser

# What ends within so many days ends soon.
SOON_DAYS = 60


@dataclass(frozen=True)
class Doubt:
    """One kind of doubt: its text for a page, and its condition in SQL over a row ``t``."""

    text: str
    condition: str


@dataclass(frozen=True)
class Finding:
    """One kind of rows: its name in addresses, a short title, what it means in words, and the condition in
    SQL over a row ``t``, in which ``:today`` is the business day."""

    slug: str
    title: str
    text: str
    condition: str
    # Whether somebody has to do something about the rows; others are only good to know.
    to_do: bool = True
    # A right that it takes to see this, in addition to that to see the table.
    right: str = ""

    def may_be_seen(self, user: AnyUser) -> bool:
        """Tell whether a user who may see the table may see which of its rows these are."""
        return not self.right or user.has_perm(self.right)

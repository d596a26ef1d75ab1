"""Conditions on rows that models declare: which rows are doubtful, and which need attention."""

from dataclasses import dataclass

from tables.context.users import AnyUser

# "Ending soon" means ending within this many days.
SOON_DAYS = 60


@dataclass(frozen=True)
class Doubt:
    """A doubt about a row: its text for a page, and its SQL condition on a row ``t``."""

    text: str
    condition: str


@dataclass(frozen=True)
class Finding:
    """A group of rows to list: its name in URLs, a short title, a description, and its SQL condition on a row
    ``t``. ``:today`` in it is the business day."""

    slug: str
    title: str
    text: str
    condition: str
    # Whether the rows need work. Other findings are for information.
    to_do: bool = True
    # A permission to see this finding, in addition to the one to see the table.
    right: str = ""

    def may_be_seen(self, user: AnyUser) -> bool:
        """Return whether a user who may see the table may also see this finding."""
        return not self.right or user.has_perm(self.right)

"""The error of a file that cannot be read as a whole, and how large one record may be."""

# Of one record, line or spreadsheet row: what is longer has an unclosed quote or bracket in it.
MAX_RECORD_BYTES = 16 * 1024 * 1024


class FileProblem(Exception):
    """The file as a whole cannot be read; the text says why and what to do, never what the file holds.

    ``file`` is the file's name; where a problem is raised without it, it is given when the problem
    leaves the ``with`` block of its source.
    """

    def __init__(self, text: str, file: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.file = file

    def __str__(self) -> str:
        return f"{self.file}: {self.text}" if self.file else self.text

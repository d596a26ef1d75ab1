"""The error of a file that cannot be read as a whole, and how large one record may be."""

# The limit for one record, line or spreadsheet row. A longer one has an unclosed quote or bracket.
MAX_RECORD_BYTES = 16 * 1024 * 1024


class FileProblem(Exception):
    """The file as a whole cannot be read. The text says why and what to do, never what the file holds.

    ``file`` is the file's name. If it is missing, the source adds it when the problem leaves its ``with``
    block.
    """

    def __init__(self, text: str, file: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.file = file

    def __str__(self) -> str:
        return f"{self.file}: {self.text}" if self.file else self.text

"""The form with the import options of a file, for when detecting them is not enough."""

from collections.abc import Sequence

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loads.models import FileLoad
from tables.files.source import Format

_ENCODINGS = [
    ("", "Detect (UTF-8, UTF-16)"),
    ("utf-8", "UTF-8"),
    ("cp1252", "Western Windows (cp1252)"),
    ("latin-1", "Latin-1 (ISO 8859-1)"),
    ("cp437", "DOS (cp437)"),
    ("utf-16", "UTF-16"),
]
_DELIMITERS = [
    ("", "Detect"),
    (",", "Comma"),
    (";", "Semicolon"),
    ("tab", "Tab"),
    ("|", "Vertical bar"),
    ("^", "Caret"),
    ("~", "Tilde"),
]


def _choice(label: str, choices: Sequence[tuple[str, str]], help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, help_text=help_text, widget=UnfoldAdminSelectWidget()
    )


class ReadingForm(forms.ModelForm):
    """Format, encoding, delimiter and sheet."""

    format = _choice(
        "Format",
        [("", "Detect"), *((each.value, each.value) for each in Format)],
        "By default, detected from the file's name and content.",
    )
    encoding = _choice(
        "Encoding", _ENCODINGS, "For text files. Try another one if accented letters look wrong."
    )
    delimiter = _choice("Delimiter", _DELIMITERS, "The character between the values of a CSV file.")
    sheet = forms.CharField(
        label="Sheet",
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For a workbook with rows on more than one sheet.",
    )

    class Meta:
        model = FileLoad
        fields = ("format", "encoding", "delimiter", "sheet")

"""The form by which a file's sender says how it is to be read, where guessing is not enough."""

from collections.abc import Sequence

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loads.models import FileLoad
from tables.files.source import Format

_ENCODINGS = [
    ("", "Find out (UTF-8, UTF-16)"),
    ("utf-8", "UTF-8"),
    ("cp1252", "Western Windows (cp1252)"),
    ("latin-1", "Latin-1 (ISO 8859-1)"),
    ("cp437", "DOS (cp437)"),
    ("utf-16", "UTF-16"),
]
_DELIMITERS = [
    ("", "Find out"),
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
        [("", "Find out"), *((each.value, each.value) for each in Format)],
        "Found out by the file's name and beginning.",
    )
    encoding = _choice("Encoding", _ENCODINGS, "For texts: try another where accents look wrong.")
    delimiter = _choice("Delimiter", _DELIMITERS, "What stands between the values of a csv file.")
    sheet = forms.CharField(
        label="Sheet",
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For a workbook of which more than one sheet has rows.",
    )

    class Meta:
        model = FileLoad
        fields = ("format", "encoding", "delimiter", "sheet")

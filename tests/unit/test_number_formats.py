"""Number formats of spreadsheets: which formats show a number as a code, and how it looks."""

import pytest

from tables.files.xlsx.number_formats import code_format

PHONE = r"[<=9999999]###\-####;\(###\)\ ###\-####"


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("00000", "2115", "02115"),
        ("00000", "0", "00000"),
        ("00000", "123456", "123456"),
        ("000000000", "1234567", "001234567"),
        (r"000\-00\-0000", "12345678", "012-34-5678"),
        ("000-00-0000", "12345678", "012-34-5678"),
        ("[$-409]000-00-0000", "12345678", "012-34-5678"),
        ("[$-en-US]00000;[Red]-00000", "2115", "02115"),
        (r"00000\-0000", "21150001", "02115-0001"),
        ("[<=99999]00000;00000-0000", "2115", "02115"),
        ("[<=99999]00000;00000-0000", "21150001", "02115-0001"),
        (PHONE, "5550101", "555-0101"),
        (PHONE, "5035550101", "(503) 555-0101"),
        ("[<=9999999]###-####;(###) ###-####", "5035550101", "(503) 555-0101"),
        ('"("000") "000-0000', "35550101", "(003) 555-0101"),
        ("0# ## ## ## ##", "123456789", "01 23 45 67 89"),
        ('"EMP"0000_)', "12", "EMP0012"),
        ("?000", "12", " 012"),
        ("##-000", "12345", "12-345"),
        ("000.00", "1.5", "001.50"),
        ("000;-000;", "7", "007"),
    ],
)
def test_what_a_code_looks_like(code, number, shown):
    assert code_format(code).shown(number) == shown


@pytest.mark.parametrize(
    "code",
    [
        *(
            "General",
            "0",
            "0.00",
            "#,##0",
            "0%",
            "000%",
            "0.00E+00",
            "00E+00",
            "@",
            "# ?/?",
            "00/00",
            "#,##0.00_)",
        ),
        *(
            "#,##0.00_)",
            '0" kg"',
            "[$€-407]0000",
            "$0000",
            "[h]:mm",
            "yyyy-mm-dd",
            "[Red]#",
            "0" * 256,
            "",
            '"a;b"0',
            "#0",
        ),
    ],
)
def test_formats_of_amounts_and_days_are_no_codes(code):
    assert code_format(code) is None


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("00000", "-5"),
        ("00000", "1" + "0" * 300),
        ("00000", "0." + "0" * 300 + "1"),
        ("00000", "2115.4"),
        ("000.0", "1.25"),
        ("000;-000;", "0"),  # The format shows nothing for zero.
        (PHONE, "123"),
        (PHONE, "15035550101"),
        ("[<100]000;0", "500"),
    ],
)
def test_a_number_of_which_the_format_does_not_show_all_digits_stays_a_number(code, number):
    assert code_format(code).shown(number) is None

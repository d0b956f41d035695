"""Tables behind charts: formatted on the page, in full as CSV, and no formula for any spreadsheet."""

import csv
import io
from datetime import date

import pytest

from governance.pages.sheets import Sheet, SheetColumn

SHEET = Sheet(
    "rates",
    "Rates",
    (
        SheetColumn("Group"),
        SheetColumn("n", "count"),
        SheetColumn("Rate", "share"),
        SheetColumn("Ratio", "number"),
        SheetColumn("p", "p"),
        SheetColumn("Week", "day"),
    ),
    (
        ('say "hi", you', 1234.0, 0.1 + 0.2, -0.5, 0.00001, date(2026, 3, 2)),
        ("two\r\nlines", 2.5, None, None, 0.25, None),
    ),
)


def test_the_page_formats_what_csv_gives_in_full():
    first, second = [[cell.text for cell in line] for line in SHEET.lines]
    assert first == ['say "hi", you', "1,234", "30.0\u202f%", "−0.500", "< 0.001", "2 March 2026"]
    assert second[1:] == ["2.5", "–", "–", "0.250", "–"]
    text = SHEET.csv().decode()
    assert text.startswith(
        'Group,n,Rate,Ratio,p,Week\r\n"say ""hi"", you",1234,0.30000000000000004,-0.5,1e-05,'
    )
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[2] == ["two\r\nlines", "2.5", "", "", "0.25", ""]
    assert text.count("\r\n") == 4 and text.endswith("\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_text_is_a_formula(text):
    sheet = Sheet("s", "S", (SheetColumn("Group"), SheetColumn("n")), ((text, -1.0),))
    kept = list(csv.reader(io.StringIO(sheet.csv().decode(), newline="")))
    assert kept[1] == [f"'{text}", "-1"]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        _ = Sheet("s", "S", (SheetColumn("A"),), (("a", "b"),)).lines

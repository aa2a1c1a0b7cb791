"""Files that cannot be a history at all: one message that says what they are."""

import re

import pandas as pd
import pytest

from models.errors import HistoryError
from models.history.cell_table import file_sha256, read_table

SUPPORTED = "Histories are CSV, Parquet or XLSX files"
TEXT = "date,channel,spend,conversions\n2024-01-01,search,10,1\n"


def refused(path, **declared):
    with pytest.raises(HistoryError) as caught:
        read_table(path, **declared)
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", f"a.csv: the file is empty. {SUPPORTED}"),
        ("a.csv", b"\n", f"a.csv: the file is empty. {SUPPORTED}"),
        (
            "a.csv",
            b"date,spend\n",
            "a.csv: there are headers but no rows. Add one row per date and channel",
        ),
        (
            "a.csv",
            "date,channel\n2024-01-01,Suche\n2024-01-02,Außen\n".encode("cp1252"),
            (
                "a.csv, line 3: byte 44 of the file, 0xdf, is not UTF-8. Save the file as UTF-8, "
                "or declare what it is in, e.g. --encoding cp1252 (western) or cp1258 (Vietnamese)"
            ),
        ),
        (
            "a.csv",
            b"a,b\n1\0,2\n",
            (
                "a.csv: is not a text file (it holds zero bytes). If it is text for Excel, declare "
                "it: --encoding utf-16-le"
            ),
        ),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0",
            "a.xls: is an old Excel file (.xls). Save it as .xlsx or as CSV",
        ),
        (
            "a.csv.gz",
            b"\x1f\x8b....",
            "a.csv.gz: is compressed with gzip. Unpack it and name the files inside",
        ),
        ("a.zip", b"PK\x03\x04", f"a.zip: is a ZIP file but not an Excel workbook. {SUPPORTED}"),
        ("a.csv", b"a,b,a\n1,2,3\n", "a.csv: two columns are called 'a'. Rename one of them"),
        (
            "a.csv",
            b'a,b\n1,2\n"3\n3",4,5\n6,7\n8,9,10,11\n',
            (
                "a.csv, line 3: the row has 3 cells, the headers are 2. Quote text that holds the "
                'separator, e.g. "Shoes, red"\n'
                "a.csv, line 6: the row has 4 cells, the headers are 2. Quote text that holds the "
                'separator, e.g. "Shoes, red"'
            ),
        ),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    assert refused(path) == message


def test_a_quote_that_never_closes_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"2\n3,4\n')
    assert re.fullmatch(
        r"a\.csv: cannot be taken apart into rows \(.*\)\. Close the quotes", refused(path)
    )


def test_a_damaged_parquet_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    assert refused(path).startswith("a.parquet: cannot be read as Parquet: ")


def test_a_missing_file_is_named_with_its_neighbour(tmp_path):
    (tmp_path / "history.csv").write_text(TEXT)
    assert refused(tmp_path / "histroy.csv") == (
        "histroy.csv: there is no such file. Did you mean 'history.csv'?"
    )


def test_a_directory_is_no_file(tmp_path):
    folder = tmp_path / "history.csv"
    folder.mkdir()
    assert refused(folder) == ("history.csv: is a directory, not a file. Name the file in it")


def test_an_unknown_encoding_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    assert refused(path, encoding="cp12x") == (
        "a.csv: there is no encoding 'cp12x'. Known ones are utf-8, utf-16, cp1252, latin-1, "
        "cp1258, gbk, shift_jis"
    )


def test_an_unknown_sheet_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"a": [1]}).to_excel(path, index=False, sheet_name="Data")
    assert refused(path, sheet="data") == "a.xlsx: there is no sheet 'data'. There are 'Data'"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_marks_and_separators_do_not_matter(tmp_path, encoding, separator):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.replace(",", separator).encode(encoding))
    assert read_table(path).frame.to_dict("list") == {
        "date": ["2024-01-01"],
        "channel": ["search"],
        "spend": ["10"],
        "conversions": ["1"],
    }


def test_a_declared_encoding_is_used(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a\nAußen\n".encode("cp1252"))
    assert read_table(path, encoding="cp1252").frame["a"].tolist() == ["Außen"]


def test_lines_count_quoted_newlines_and_blank_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"two\nlines"\n,\n3,4\n')
    table = read_table(path)
    assert table.lines.tolist() == [2, 5]
    assert table.notices == (f"{path}: 1 blank rows left out",)


def test_an_encoding_fault_far_into_a_file_is_located(tmp_path):
    path = tmp_path / "a.csv"
    good = "é,x\n" * 600_000  # past the first chunks, with characters cut between them
    path.write_bytes(b"\xef\xbb\xbf" + good.encode() + b"\xff,x\n")
    place = len(good.encode()) + 4
    assert refused(path).startswith(f"a.csv, line 600001: byte {place} of the file, 0xff, is not")


def test_the_hash_is_of_the_bytes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

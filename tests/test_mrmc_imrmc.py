"""iMRMC's file, there and back, and what is said of a wrong one."""

from pathlib import Path

import pandas as pd
import pytest

from neuroturing.mrmc import analyse, read_imrmc, separation, simulate, write_imrmc

EXAMPLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mrmc" / "example.imrmc"
GOOD = "A study\nBEGIN DATA:\ntruth,a,truth,0\ntruth,b,truth,1\nreader1,a,m,0.25\nreader1,b,m,-3\n"


@pytest.mark.skipif(not EXAMPLE.exists(), reason="no example in ../shared/data/mrmc")
def test_a_file_of_imrmc(tmp_path):
    table = read_imrmc(EXAMPLE)
    assert table.groupby(["reader", "modality"]).size().to_list() == [80] * 10
    assert table.groupby("case")["truth"].first().sum() == 40
    row = table[(table["reader"] == "reader4") & (table["case"] == "negCase17") & (table["modality"] == "testA")].iloc[0]
    assert (row["truth"], row["rating"]) == (0, -0.9732)
    write_imrmc(table, tmp_path / "again.imrmc")
    pd.testing.assert_frame_equal(read_imrmc(tmp_path / "again.imrmc"), table)


@pytest.mark.parametrize("levels", [None, 2, 5])
def test_what_is_written_is_read_back(tmp_path, levels):
    table = simulate("HL", 3, 8, 9, separation("HL", [0.6, 0.8]), "cases nested in reader", levels, 1)
    table = table.assign(reader="Dr Müller " + table["reader"].astype(str), case="case/" + table["case"].astype(str))
    write_imrmc(table, tmp_path / "study.imrmc", title="Wer erkennt's?")
    back = read_imrmc(tmp_path / "study.imrmc")
    pd.testing.assert_frame_equal(back, table.astype({"modality": str, "rating": float}), check_dtype=False)
    assert analyse(back).test == analyse(table).test


def test_old_truth_rows_a_header_and_a_spreadsheet_s_ends_are_read(tmp_path):
    path = tmp_path / "old.imrmc"
    old = GOOD.replace("truth,a,truth", "-1,a,0").replace("BEGIN DATA:", "begin data:,,,\nreaderID,caseID,modalityID,score")
    path.write_bytes(b"\xef\xbb\xbf" + (old + "\n\n").replace("\n", "\r\n").encode())
    assert read_imrmc(path)["truth"].to_list() == [0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("BEGIN DATA:", "DATA"), "no line 'BEGIN DATA:'"),
        ("", "no line 'BEGIN DATA:'"),
        (GOOD.replace(",0.25", ""), "line 5: 3 fields"),
        (GOOD.replace("0.25", "high"), "line 5: the score 'high' is no finite number"),
        (GOOD.replace("0.25", "nan"), "line 5: the score 'nan'"),
        (GOOD.replace("reader1,a,m", "reader1,,m"), "line 5: a label is empty"),
        (GOOD.replace("truth,b,truth,1", "truth,b,truth,2"), "line 4: the truth of case b is 2"),
        (GOOD + "truth,a,truth,1\n", "line 7: this truth of case a is there twice"),
        (GOOD + "reader1,b,m,1\n", "line 7: this reading of case b is there twice"),
        (GOOD + "reader1,c,m,1\n", "case c is read but has no row truth,c,truth"),
        ("\n".join(GOOD.splitlines()[:4]), "no readings"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(tmp_path, content, message):
    path = tmp_path / "wrong.imrmc"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as error:
        read_imrmc(path)
    assert str(path) in str(error.value)


def test_a_picture_is_no_imrmc_file(tmp_path):
    (tmp_path / "x").write_bytes(b"\x89PNG\r\n\xff")
    with pytest.raises(ValueError, match="not text in UTF-8"):
        read_imrmc(tmp_path / "x")


@pytest.mark.parametrize(
    ("column", "label", "message"),
    [
        ("reader", "a,b", "cannot stand"),
        ("case", 'a"b', "cannot stand"),
        ("modality", "a\nb", "cannot stand"),
        ("case", " a", "cannot stand"),
        ("reader", "truth", "marks truth"),
        ("modality", "truth", "marks truth"),
    ],
)
def test_labels_that_would_be_read_as_something_else_are_not_written(tmp_path, column, label, message):
    table = pd.DataFrame({"reader": "r", "modality": "m", "case": ["a1", "b1"], "truth": [0, 1], "rating": [1, 2]})
    table.loc[0, column] = label
    with pytest.raises(ValueError, match=message):
        write_imrmc(table, tmp_path / "x.imrmc")
    assert not (tmp_path / "x.imrmc").exists()

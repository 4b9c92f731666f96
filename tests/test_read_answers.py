"""Reading a reader's answers: what is tolerated, what is refused, and with which words."""

import logging

import pandas as pd
import pytest

from neuroturing.errors import InputError
from neuroturing.read.answers import COLUMNS, read_answers
from neuroturing.read.responses import check_readers, find_answers

HEADER = ",".join(COLUMNS)


@pytest.fixture
def key():
    """Four test images (real, created, created, real) after one for training."""
    return pd.DataFrame(
        {
            "image_id": ["train", "first", "second", "third", "fourth"],
            "truth": ["real", "real", "created", "created", "real"],
            "source_index": range(5),
            "block": ["training"] + ["test"] * 4,
            "order": [1, 1, 2, 3, 4],
            "scan": "",
            "subject": "",
        }
    )


def write(tmp_path, *rows, header=HEADER, name="reader1.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


def test_answers_are_read_in_the_order_of_the_quiz(tmp_path, key):
    path = write(tmp_path, "third,unknown,,,", 'first,real,5,"sulci, sharp",812', "second,created,1,,1000.5", "fourth,created,3,,0")
    answers = read_answers(path, key)
    assert list(answers["image_id"]) == ["first", "second", "third", "fourth"]
    assert list(answers["answer"]) == ["real", "created", "unknown", "created"]
    assert list(answers["truth"]) == ["real", "created", "created", "real"]
    assert answers["confidence"].tolist() == [5, 1, pd.NA, 3]
    assert answers["reasons"].tolist() == ["sulci, sharp", "", "", ""]
    assert answers["response_ms"].tolist()[:2] == [812, 1000.5] and pd.isna(answers["response_ms"].iloc[2])


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-16")]
)
def test_what_spreadsheets_do_to_a_file_is_tolerated(tmp_path, key, separator, encoding):
    rows = [
        ["FIRST.png", " Real ", "4.0", "Größe", "5"],
        ["second", "CREATED", "", "", ""],
        ["third", "real"],
        ["fourth", "real", "1", "", "", ""],
    ]
    text = [separator.join(row) for row in rows] + [separator * 4, ""]
    path = write(tmp_path, *text, header=separator.join(["Image", " ANSWER", "Confidence", "Reasons", "Response_ms"]), encoding=encoding)
    path.write_bytes(path.read_bytes().decode(encoding).replace("\n", "\r\n").encode(encoding))
    answers = read_answers(path, key)
    assert list(answers["answer"]) == ["real", "created", "real", "real"]
    assert answers["confidence"].tolist()[0] == 4 and answers["reasons"].tolist()[0] == "Größe"


def test_an_image_without_an_answer_counts_as_unknown_and_is_warned_of(tmp_path, key, caplog):
    path = write(tmp_path, "first,real,,,", "second,,,,", "fourth,real,,,")
    with caplog.at_level(logging.WARNING):
        assert list(read_answers(path, key)["answer"]) == ["real", "unknown", "unknown", "real"]
    assert "2 images have no answer" in caplog.text and "second" in caplog.text


def test_answers_to_training_images_are_left_out_and_warned_of(tmp_path, key, caplog):
    path = write(tmp_path, "train,perhaps,,,", "first,real,,,", "second,real,,,", "third,real,,,", "fourth,real,,,")
    with caplog.at_level(logging.WARNING):
        assert "train" not in set(read_answers(path, key)["image_id"])
    assert "1 training images left out" in caplog.text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["other,real,,,", "another,created,,,"], ["another quiz", "5 images"]),
        (["first,real,,,", "fitst,real,,,"], ["line 3", "'fitst' (1 such)"]),
        (["first,real,,,", "second,real,,,", "first,created,,,"], ["lines 2, 4", "'first' answered 2 times"]),
        (["train,real,,,"], ["no answer to a test image"]),
        (["first,,,,", "second,,,,"], ["no answer to a test image"]),
        ([], ["no row"]),
        (["first,creatd,,,"], ["line 2", "'creatd'", "did you mean 'created'?"]),
        (["first,real,6,,"], ["line 2", "confidence '6'"]),
        (["first,real,0,,"], ["confidence '0'"]),
        (["first,real,2.5,,"], ["confidence '2.5'"]),
        (["first,real,high,,"], ["confidence 'high'"]),
        (["first,real,3,,-1"], ["'-1' ms"]),
        (["first,real,3,,soon"], ["'soon' ms"]),
        (["first,real,3,,nan"], ["'nan' ms"]),
        (["first,real,3,,inf"], ["'inf' ms"]),
        (["first,real,3,sharp, noisy,12"], ["line 2", "6 values", "quotation marks"]),
    ],
)
def test_bad_answers_are_refused_with_their_place(tmp_path, key, rows, words):
    path = write(tmp_path, *rows)
    with pytest.raises(InputError) as error:
        read_answers(path, key)
    assert all(word in str(error.value) for word in [*words, "reader1.csv"]), error.value


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("image_id,anwser,confidence,reasons,response_ms", ["'answer' 0 times", "did you mean 'answer'?"]),
        ("image_id,answer,confidence,response_ms", ["'reasons' 0 times", "blank form"]),
        ("image_id,answer,answer,confidence,reasons,response_ms", ["'answer' 2 times"]),
    ],
)
def test_missing_columns_are_named_with_the_nearest(tmp_path, key, header, words):
    with pytest.raises(InputError) as error:
        read_answers(write(tmp_path, "first,real,,,", header=header), key)
    assert all(word in str(error.value) for word in words), error.value


def test_files_that_are_no_answers_are_refused(tmp_path, key):
    text = f"{HEADER}\nfirst,real,,Größe,\n"
    contents = {
        "empty.csv": (b"", "an empty file"),
        "mark.csv": (b"\xef\xbb\xbf\n", "an empty file"),
        "latin.csv": (text.encode("latin-1"), "CSV UTF-8"),
        "japanese.csv": (text.replace("ö", "脳").replace("ß", "").encode("cp932"), "CSV UTF-8"),
        "unmarked.csv": (text.encode("utf-16-le"), "CSV UTF-8"),
        "zeros.csv": (f"{HEADER}\nfirst,real,,,\n\0".encode(), "zero bytes"),
        "cut.csv": (text.encode("utf-16")[:-1], "CSV UTF-8"),
        "open.csv": (f'{HEADER}\nfirst,real,4,"never closed,5\nsecond,real,4,,5\n'.encode(), "quotation mark"),
    }
    for name, (content, word) in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=word):
            read_answers(tmp_path / name, key)
    (tmp_path / "folder.csv").mkdir()
    for name, word in (("missing.csv", "no such file"), ("folder.csv", "not readable")):
        with pytest.raises(InputError, match=word):
            read_answers(tmp_path / name, key)


def test_further_columns_are_kept(tmp_path, key):
    """As a page may write them; one that is called as the key's own is told apart from it."""
    rows = ["second,created,,,,7,1200x800,", "first,real,,,,8,1200x800,x", "third,real,,,,9,,", "fourth,real,,,,10,,"]
    answers = read_answers(write(tmp_path, *rows, header=f"{HEADER},Order,Screen,"), key)
    assert list(answers["order"]) == [1, 2, 3, 4] and list(answers["order_given"]) == ["8", "7", "9", "10"]
    assert list(answers["screen"]) == ["1200x800", "1200x800", "", ""]
    assert list(answers.columns) == [*key.columns, *COLUMNS[1:], "order_given", "screen"]


def test_answers_are_found_by_reader(tmp_path):
    assert find_answers(tmp_path / "nowhere", ["reader1"]) == {}
    for name in ("reader2.csv", "reader1.csv", "notes.txt", ".~lock.reader3.csv#", "~$reader3.xlsx"):
        (tmp_path / name).touch()
    assert list(find_answers(tmp_path, ["reader1", "reader2", "reader3"])) == ["reader1", "reader2"]
    with pytest.raises(InputError, match="did you mean 'reader3'"):
        find_answers(tmp_path, ["reader1", "reader3"])


@pytest.mark.parametrize("name", ["reader1.CSV", "Reader1.csv", "READER1.Csv"])
def test_capitals_of_a_files_name_do_not_matter(tmp_path, name):
    (tmp_path / name).touch()
    assert find_answers(tmp_path, ["reader1", "reader2"]) == {"reader1": tmp_path / name}
    with pytest.raises(InputError, match=name.split(".")[0]):
        find_answers(tmp_path, ["other"])


def test_no_file_that_may_hold_answers_is_passed_over(tmp_path):
    (tmp_path / "Reader1.xlsx").touch()
    with pytest.raises(InputError, match="'.xlsx'\n.*reader1.csv"):
        find_answers(tmp_path, ["reader1"])
    (tmp_path / "reader1.csv").touch()
    assert find_answers(tmp_path, ["reader1"]) == {"reader1": tmp_path / "reader1.csv"}
    (tmp_path / "reader1.CSV").touch()
    with pytest.raises(InputError, match="another file of theirs, reader1.CSV"):
        find_answers(tmp_path, ["reader1"])


@pytest.mark.parametrize(
    ("readers", "word"),
    [([], "no reader"), (["a b"], "'a b'"), (["../a"], "'../a'"), ([""], "''"), (["Anna", "anna"], "the same name twice: Anna, anna")],
)
def test_unfit_readers_are_refused(tmp_path, readers, word):
    for refused in (check_readers, lambda names: find_answers(tmp_path, names)):
        with pytest.raises(InputError, match=word):
            refused(readers)
    check_readers(["NR1", "radiologist-2", "Łukasz"])

"""Reading a reader's answers: what is tolerated, what is refused, and with which words."""

import logging
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import yaml
from neuroturing.reader_study.answers import COLUMNS, WORDS, find_answers, read_answers

from neuroturing.errors import InputError

SCHEMA = Path(__file__).parents[1] / "workflow" / "schemas" / "answers.schema.yaml"
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


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig")])
def test_what_spreadsheets_do_to_a_file_is_tolerated(tmp_path, key, separator, encoding):
    rows = [
        ["FIRST.png", " Real ", "4.0", "Größe", "5"],
        ["second", "CREATED", "", "", ""],
        ["third", "real"],
        ["fourth", "real", "1", "", "", ""],
    ]
    text = [separator.join(row) for row in rows] + [separator * 4, ""]
    path = write(tmp_path, *text, header=separator.join(["Image", " ANSWER", "Confidence", "Reasons", "Response_ms"]), encoding=encoding)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
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
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "mark.csv").write_bytes(b"\xef\xbb\xbf\n")
    (tmp_path / "latin.csv").write_bytes(f"{HEADER}\nfirst,real,,Größe,\n".encode("latin-1"))
    for name, word in (
        ("empty.csv", "an empty file"),
        ("mark.csv", "an empty file"),
        ("latin.csv", "CSV UTF-8"),
        ("missing.csv", "no such file"),
    ):
        with pytest.raises(InputError, match=word):
            read_answers(tmp_path / name, key)


def test_answers_are_found_by_reader(tmp_path):
    assert find_answers(tmp_path / "nowhere", ["reader1"]) == {}
    for name in ("reader2.csv", "reader1.csv", "notes.txt"):
        (tmp_path / name).touch()
    assert list(find_answers(tmp_path, ["reader1", "reader2", "reader3"])) == ["reader1", "reader2"]
    with pytest.raises(InputError, match="did you mean 'reader3'"):
        find_answers(tmp_path, ["reader1", "reader3"])


def test_the_schema_says_what_the_reader_accepts():
    schema = yaml.safe_load(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert tuple(schema["required"]) == COLUMNS == tuple(schema["properties"])
    assert schema["properties"]["answer"]["enum"] == ["", *WORDS]
    row = {"image_id": "bcd", "answer": "real", "confidence": "3", "reasons": "", "response_ms": "812.5"}
    jsonschema.validate(row, schema)
    for column, value in (("answer", "fake"), ("confidence", "6"), ("response_ms", "-3")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**row, column: value}, schema)

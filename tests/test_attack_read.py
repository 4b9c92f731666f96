"""What readers and papers say, under attack: answers, keys, printed rows and judgements."""

import pandas as pd
from attack import attacked, bounded, damaged, names
from hypothesis import strategies as st

from neuroturing.read.answers import COLUMNS, WORDS, read_answers
from neuroturing.read.design import KEY_COLUMNS
from neuroturing.read.judgements import read_judgements
from neuroturing.read.printed import read_printed
from neuroturing.read.quiz_files import read_key
from neuroturing.read.responses import find_answers

IMAGES = ["first", "second", "third"]
KEY = pd.DataFrame([dict.fromkeys(KEY_COLUMNS, "") | {"image_id": name, "block": "test", "truth": "real"} for name in IMAGES])
NUMBERS = st.sampled_from(["", "1", "3", "6", "1e999", "nan", "-1", "²", "9" * 5000, "0x1", "1_0", "١"])
words = st.sampled_from([*WORDS, *IMAGES, "REAL", "first.png", '"', '"real', "x" * 140_000, "real;created"])
cells = st.one_of(words, NUMBERS, names)
PRINTED = {
    "percent": "reader\tdataset\trecipe\tTP\tFN\tFP\tTN\taccuracy\nNR1\tA\tB\t80\t20\t30\t70\t0.75\n",
    "count": "reader\treal_as_real\treal_as_synt\tsynt_as_real\tsynt_as_synt\taccuracy\tn_real\nNR1\t40\t10\t20\t30\t70%\t50\n",
}


@st.composite
def tables(draw, header, separators=(",", ";", "\t")):
    """Bytes of a table in some encoding, its header nearly right, its cells anything."""
    header = draw(st.just(list(header)) | st.lists(st.sampled_from(header) | names, max_size=8))
    rows = draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header) + 1), max_size=4))
    separator, end = draw(st.sampled_from(separators)), draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    text = end.join(separator.join(row) for row in [header, *rows])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-32"])), "replace")


@attacked(40, content=tables(COLUMNS))
def test_answers(folder, content):
    (folder / "reader1.csv").write_bytes(content)
    with bounded():
        answers = read_answers(folder / "reader1.csv", KEY)
        assert set(answers["answer"]) <= set(WORDS) and list(answers["image_id"]) == IMAGES


@attacked(20, unit=st.sampled_from(sorted(PRINTED)), content=st.one_of(*(damaged([text.encode()]) for text in PRINTED.values())))
def test_printed_rows(folder, unit, content):
    (folder / "published.tsv").write_bytes(content)
    with bounded():
        read_printed(folder / "published.tsv", unit)


@attacked(20, content=tables(KEY_COLUMNS, ("\t",)))
def test_keys_and_judgements(folder, content):
    (folder / "table.tsv").write_bytes(content)
    for read in (read_key, read_judgements):
        with bounded():
            read(folder / "table.tsv")


@attacked(20, files=st.lists(names, max_size=4), readers=st.lists(names | st.just("reader1"), max_size=3))
def test_responses(folder, files, readers):
    """Files of any name beside the answers, and readers of any name."""
    for name in files:
        if name.strip(". ") and not set(name) & set("/\0\ud800") and len(name) < 200:
            (folder / name).touch()
    with bounded():
        assert all(path.parent == folder for path in find_answers(folder, readers).values())

"""The page that a reader sits: what it holds, what it does not tell, and sitting a whole quiz in a browser without network."""

import base64
import csv
import io
import json
import os
import re
import signal
import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from browser import ENTER, MISSING, Browser, Driver

from draw_quiz import main as draw_quiz_main
from neuroturing.config.model import Page
from neuroturing.errors import InputError
from neuroturing.imageset import ImageSet, blackened, make_labels, write_imageset
from neuroturing.read.answers import NOT_RECORDED, read_answers
from neuroturing.read.page.build import FOLDER, write_page
from neuroturing.read.quiz_files import read_key

BLOCKS = [{"dataset": name, "recipe": "dcgan", "real": 2, "created": 1} for name in ("t1", "t2")]
READER, TITLE = "reader1", "Koshino <b>2018</b>"
EVIL = "</script><script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
PAGE = {"seconds": 30, "reasons": ["Distortion", "Blurred, grey"], "instructions": f"First.\n\n{EVIL}"}


def draw(folder, practice=1, blocks=BLOCKS, protocol="{}", **page):
    """Draw a quiz of small noise images; gives its page and its key's path."""
    rng, sets = np.random.default_rng(0), []
    for source, count in (("real", 12), ("dcgan", 8)):
        sets.append([])
        for block in blocks:
            images = blackened(rng.integers(0, 256, (count, 16, 12), np.uint8))
            labels = make_labels(count, source=source, scan=[f"s{k}" for k in range(count)], subject=[f"s{k}" for k in range(count)])
            sets[-1].append(folder / f"{block['dataset']}_{source}.npz")
            write_imageset(sets[-1][-1], ImageSet(images, labels))
    (folder / "protocol.json").write_text(protocol)
    files = [folder / "quiz" / name for name in ("index.html", "images", "answers.csv", "training.csv")]
    shown = Page(**(PAGE | page)).model_dump()
    draw_quiz_main(*sets, folder / "protocol.json", *files, folder / "key.tsv", READER, TITLE, blocks, practice, shown, 7)
    return files[0], folder / "key.tsv"


def content(page):
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.S)[1])


def test_the_page_holds_the_quiz_and_needs_nothing_else(tmp_path):
    page, key = draw(tmp_path)
    text, quiz, key = page.read_text(), content(page), read_key(key)
    test = key[key["block"] == "test"]
    assert [item["image_id"] for item in quiz["test"]] == list(test["image_id"])
    assert [item["block"] for item in quiz["test"]] == list(test["part"])
    for item in quiz["test"] + quiz["practice"]:
        assert base64.b64decode(item["png"]) == (page.parent / "images" / f"{item['image_id']}.png").read_bytes()
    assert len({len(item["png"]) for item in quiz["test"]}) == 1
    assert (quiz["quiz_id"], quiz["protocol_hash"]) == (key["quiz_id"].iloc[0], key["protocol_hash"].iloc[0])
    assert quiz["protocol_hash"] == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert not re.search(r'(src|href)="|@import|url\(', text.replace(EVIL, ""))
    assert "default-src 'none'" in text and "unsafe" not in re.search(r'Policy" content="(.*?)"', text)[1]
    own = sum(path.stat().st_size for path in FOLDER.iterdir() if path.suffix in (".js", ".css"))
    assert own < 150_000 and not any("</script" in path.read_text() for path in FOLDER.glob("*.js"))


def test_the_page_tells_no_truth_of_a_test_image(tmp_path):
    """With every label of the test images changed about, not a byte of it is another."""
    page, path = draw(tmp_path)
    key = read_key(path)
    for item in content(page)["test"]:
        assert set(item) == {"image_id", "png", "block"}
    test = key["block"] == "test"
    labels = ["truth", "source_index", "scan", "subject", "dataset", "recipe", "contrast"]
    key.loc[test, labels] = key.loc[test, labels].to_numpy()[::-1]
    assert list(key.loc[test, "truth"]) != list(read_key(path).loc[test, "truth"])
    names = {name: key[name].iloc[0] for name in ("quiz_id", "protocol_hash")}
    write_page(tmp_path / "other.html", key, page.parent / "images", READER, TITLE, Page(**PAGE).model_dump(), **names)
    assert (tmp_path / "other.html").read_bytes() == page.read_bytes()
    key.loc[~test, "truth"] = key.loc[~test, "truth"].map({"real": "created", "created": "real"})
    write_page(tmp_path / "other.html", key, page.parent / "images", READER, TITLE, Page(**PAGE).model_dump(), **names)
    assert (tmp_path / "other.html").read_bytes() != page.read_bytes()


def test_markup_in_a_name_or_a_text_is_text(tmp_path):
    page, _ = draw(tmp_path)
    text = page.read_text()
    assert EVIL not in text and "<b>2018" not in text and text.count("<script") == 3
    assert content(page)["page"]["instructions"].endswith(EVIL)


def test_another_quiz_has_another_name_and_its_answers_are_refused(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    page, key = draw(tmp_path / "a")
    _, other = draw(tmp_path / "b", protocol='{"margin": 0.1}')
    key, other = read_key(key), read_key(other)
    assert key["quiz_id"].iloc[0] == other["quiz_id"].iloc[0] and set(key["quiz_id"].str[:5]) == {"quiz-"}
    form = pd.read_csv(page.parent / "answers.csv", dtype=str, keep_default_na=False).assign(answer="real")
    form.to_csv(tmp_path / "answers.csv", index=False)
    assert set(read_answers(tmp_path / "answers.csv", other)["protocol_hash"]) == {NOT_RECORDED}
    form = form.assign(quiz_id=key["quiz_id"].iloc[0], protocol_hash=key["protocol_hash"].iloc[0])
    form.to_csv(tmp_path / "answers.csv", index=False)
    assert set(read_answers(tmp_path / "answers.csv", key)["protocol_hash"]) == {key["protocol_hash"].iloc[0]}
    with pytest.raises(InputError, match="another protocol"):
        read_answers(tmp_path / "answers.csv", other)
    form.assign(quiz_id="quiz-0123456789abcdef").to_csv(tmp_path / "answers.csv", index=False)
    with pytest.raises(InputError, match="line 2.*another quiz"):
        read_answers(tmp_path / "answers.csv", key)


@pytest.fixture(scope="module")
def driver():
    if MISSING:
        pytest.skip(MISSING)
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def browser(driver, tmp_path):
    """Open browsers with one profile: browser() gives one; all are closed in the end."""
    opened = []

    def start(**options):
        opened.append(Browser(driver, tmp_path, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


class Reader:
    """Sits a quiz: calls an image created where its first grey level is odd, so that the answers expected are known."""

    def __init__(self, browser, page, key):
        self.browser, self.page, self.asked = browser, page, []
        self.key = read_key(key)
        self.items = {item["png"]: item["image_id"] for kind in ("practice", "test") for item in content(page)[kind]}
        self.truth = dict(zip(self.key["image_id"], self.key["truth"], strict=True))

    def begin(self, press):
        self.browser.show(self.page)
        self.browser.wait("document.querySelector('.go')")
        press(".go", ENTER)
        self.browser.wait("document.querySelector('#scale')")
        press(".go", ENTER)

    def shown(self):
        """The image that is shown, when it is."""
        png = self.browser.wait("document.querySelector('.viewer img')?.src")
        return self.items[png.partition(",")[2]]

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
    assert "default-src 'none'" in text and "unsafe" not in re.search(r'Policy" content="(.*?)"', text, re.S)[1]
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
    with pytest.raises(InputError, match="another quiz"):
        read_answers(tmp_path / "answers.csv", key)


@pytest.fixture(scope="module")
def driver():
    if MISSING:
        pytest.skip(MISSING)
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def browse(driver, tmp_path):
    """Open browsers with one profile, one after the other: browse() gives one; all are closed in the end."""
    opened = []

    def start(**options):
        opened.append(Browser(driver, tmp_path, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


class Reader:
    """Sits a quiz and is right but for the first image of each block, where they answer `unknown`."""

    def __init__(self, page, key):
        self.page, self.key, self.asked = page, read_key(key), []
        self.names = {item["png"]: item["image_id"] for kind in ("practice", "test") for item in content(page)[kind]}
        self.test = self.key[self.key["block"] == "test"]
        first = self.test.drop_duplicates("part")["image_id"]
        self.right = dict(zip(self.key["image_id"], self.key["truth"], strict=True)) | dict.fromkeys(first, "unknown")

    def open(self, browser):
        self.browser = browser
        browser.show(self.page)
        browser.wait("document.querySelector('.go')")
        return browser.text()

    def change(self, act):
        """Do something, and wait until another screen is there."""
        before = self.browser.script("return document.querySelector('h1').textContent")
        act()
        self.browser.wait(f"document.querySelector('h1').textContent !== {json.dumps(before)}")

    def image(self):
        """The image on the screen, once it is there; None where the screen is another."""
        browser = self.browser
        if not browser.script("return document.querySelector('form')"):
            return None
        browser.wait("document.querySelector('form:not([aria-busy])')")
        picture, name = browser.script("return [document.querySelector('.viewer img')?.src, document.querySelector('form').dataset.image]")
        assert picture is None or self.names[picture.partition(",")[2]] == name
        return name

    def sit(self, answer, go, images=99):
        """Go through screens of text by `go`, and `answer` so many test images."""
        while images and not self.browser.script("return document.querySelector('#csv')"):
            name = self.image()
            self.change(go if name is None else lambda name=name: answer(name, self.right[name]))
            if name in set(self.test["image_id"]):
                self.asked.append(name)
                images -= 1

    def answers(self):
        """The file that the last screen gives, checked and read."""
        path = self.browser.downloads / f"{READER}.csv"
        end = time.monotonic() + 20
        while not path.exists():
            assert time.monotonic() < end, "no download"
            time.sleep(0.05)
        text = path.read_text(encoding="utf-8-sig")
        assert text == self.browser.script("return document.querySelector('#csv').value")
        assert self.asked == list(self.test["image_id"]) == [row["image_id"] for row in csv.DictReader(io.StringIO(text))]
        return read_answers(path, self.key)


def counts(answers):
    return Counter(zip(answers["truth"], answers["answer"], strict=True))


def test_a_quiz_is_sat_by_keyboard_through_a_reload_and_a_killed_browser(browse, tmp_path):
    reader = Reader(*draw(tmp_path, seconds=60))
    browser = browse()

    def answer(name, word):
        browser.press(word[0], "4", "a", ENTER)
        if name not in set(reader.test["image_id"]):
            told = browser.wait("document.querySelector('.said').textContent")
            assert f"“{word.title()}”" in told
            browser.press(ENTER)

    def go():
        browser.press(ENTER)

    reader.open(browser)
    assert browser.script("return document.title") == f"{TITLE} · {READER}"
    assert "document.title = 'run'" in browser.text()
    reader.sit(answer, go, images=2)
    begun = reader.image()
    browser.wait("document.querySelector('.clock').textContent < '58 s'")
    browser.press("r")
    assert "2 of 6 images are answered" in reader.open(browser)
    reader.change(go)
    assert reader.image() == begun, "an image that was not answered is asked, and nothing that was"
    assert browser.script("return document.querySelector('.clock').textContent") <= "58 s", "the clock does not begin anew"
    # Letters typed into the comment are no keys of buttons; a formula in it cannot run in a sheet.
    browser.press("r", "1")
    while browser.script("return document.activeElement.id") != "comment":
        browser.press("\ue004")
    browser.press(*'=1+1, "curb')
    reader.change(go)
    reader.asked.append(begun)
    reader.right[begun] = "real"
    reader.sit(answer, go, images=1)
    os.kill(browser.pid, signal.SIGKILL)

    browser = browse()
    assert "4 of 6 images are answered" in reader.open(browser)
    reader.sit(answer, go)
    browser.press(ENTER)
    answers = reader.answers()
    expected = Counter(zip(reader.test["truth"], reader.test["image_id"].map(reader.right), strict=True))
    assert counts(answers) == expected and (answers["answer"] == "unknown").sum() == 2
    answers = answers.set_index("image_id")
    assert answers.loc[begun, "reasons"] == 'other: =1+1, "curb' and answers.loc[begun, "confidence"] == 1
    others = answers.drop(begun)
    assert set(others["reasons"]) == {"Distortion"} and set(others["confidence"]) == {4} and set(others["interrupted"]) == {"0"}
    assert answers.loc[begun, "interrupted"] == "1" and 2000 <= answers.loc[begun, "response_ms"] < 60_000
    assert list(answers["order_given"]) == list("123456") and list(answers["block_given"]) == [str(part) for part in answers["part"]]
    assert set(answers["protocol_hash"]) == {reader.key["protocol_hash"].iloc[0]} and re.fullmatch(r"\d+x\d+", answers["screen"].iloc[0])
    assert browser.script("return performance.getEntriesByType('resource').length") == 0


def test_a_quiz_is_sat_by_mouse_and_touch_after_the_clock_has_run_out(browse, tmp_path):
    reader = Reader(*draw(tmp_path, practice=0, seconds=0.5, confidence=False))
    browser = browse(width=1024, height=768, touch=True)
    pointers = {0: "mouse", 1: "touch"}

    def answer(name, word):
        browser.wait("!document.querySelector('.viewer img') && document.querySelector('.viewer').innerText.includes('Time is up')")
        for selector in (f"[value={word}]", "[value='Blurred, grey']", ".go"):
            browser.click(selector, pointers[len(reader.asked) % 2])

    def go():
        browser.click(".go")

    reader.open(browser)
    reader.sit(answer, go)
    browser.click(".go")
    answers = reader.answers()
    assert counts(answers) == Counter(zip(reader.test["truth"], reader.test["image_id"].map(reader.right), strict=True))
    assert (answers["response_ms"] >= 500).all() and answers["confidence"].isna().all()
    assert set(answers["reasons"]) == {"Blurred, grey"} and set(answers["pixel_ratio"]) == {"2"}
    assert {round(float(value), 2) for value in answers["px_per_mm"]} == {3.78}


def test_a_browser_that_keeps_nothing_says_so_and_the_quiz_can_be_sat(browse, tmp_path):
    reader = Reader(*draw(tmp_path, practice=0, blocks=BLOCKS[:1], seconds=None, reasons=[], comment=False, confidence=False))
    browser = browse()
    refused = "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError') }})"
    browser.command("Page.addScriptToEvaluateOnNewDocument", source=refused)
    assert "This browser keeps nothing" in reader.open(browser)
    window = browser.call("GET", "/window")
    browser.call("POST", "/window", handle=browser.call("POST", "/window/new", type="tab")["handle"])
    browser.show(reader.page)
    browser.wait("document.body.innerText.includes('open in another window')")
    browser.call("DELETE", "/window")
    browser.call("POST", "/window", handle=window)
    reader.sit(lambda name, word: browser.press(word[0], ENTER), lambda: browser.press(ENTER))
    browser.press(ENTER)
    assert len(reader.answers()) == 3
    browser.click("button.plain")
    browser.wait("document.querySelector('[role=status]:not(#announce)').textContent === 'Copied.'")

"""A reader's quiz as one HTML file that opens from disk without network.

The file tells no truth of a test image: it is made of the pictures as they lie in the reader's folder, in the order of the quiz, and of
what the study says to every reader.
"""

import base64
import hashlib
from pathlib import Path

from ...io.files import write_text
from ..answers import WORDS
from ..design import TEST, TRAINING

FOLDER = Path(__file__).parent
LIBRARY, LICENCE = "jspsych-8.3.0.min.js", "jspsych-8.3.0.LICENSE.txt"
SCRIPTS = ("store.js", "elements.js", "answers.js", "screens.js", "judgement.js", "quiz.js")


def write_page(path, key, images, reader, title, page, quiz_id, protocol_hash):
    """Write the page.

    Parameters
    ----------
    path : path
    key : pandas.DataFrame
        From `design.draw_quiz`; of a test image, image_id and part alone are read.
    images : path
        Folder of the pictures, `{image_id}.png`.
    reader, title : str
    page : dict
        What is shown and asked, as `config.model.Page`.
    quiz_id, protocol_hash : str
        What the answers bear.
    """
    shown = {block: [_shown(images, row) for row in key[key["block"] == block].to_dict("records")] for block in (TRAINING, TEST)}
    # In one order, whichever way a study writes them.
    answers = [(word, page["answers"][word]) for word in WORDS if word in page["answers"]]
    quiz = {"reader": reader, "title": title, "quiz_id": quiz_id, "protocol_hash": protocol_hash, "page": page | {"answers": answers}}
    scripts = [f"/*\n{_text(LICENCE)}*/\n{_text(LIBRARY)}", "\n".join(_text(name) for name in SCRIPTS)]
    style = _text("page.css")
    template = _environment().get_template("page.html.j2")
    values = {"quiz": quiz | {"practice": shown[TRAINING], "test": shown[TEST]}, "scripts": scripts, "style": style}
    write_text(path, template.render(**values, sources=[_source(script) for script in scripts], style_source=_source(style)) + "\n")


def _shown(images, row):
    """What the page holds of one image; the truth of practice cases alone."""
    picture = base64.b64encode(Path(images, f"{row['image_id']}.png").read_bytes()).decode()
    told = {"truth": row["truth"]} if row["block"] == TRAINING else {"block": int(row["part"])}
    return {"image_id": row["image_id"], "png": picture} | told


def _text(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def _source(text):
    """How a page's policy names a script or a style that a browser may use: markup in a text can then run none."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

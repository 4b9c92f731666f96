"""The report's pictures: fewer bytes, as many pixels, looking as before; what is no picture stays."""

import base64
import io
import re

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from neuroturing.render.report_pictures import lighten


def embedded(picture, name):
    held = io.BytesIO()
    Image.fromarray(picture).save(held, format="PNG")
    return f'"data_uri": "data:image/png;charset=utf8;filename={name};base64,{base64.b64encode(held.getvalue()).decode()}"'


def test_large_pictures_become_lighter_and_keep_size_and_looks(tmp_path):
    rng = np.random.default_rng(1)
    noisy = np.clip(128 + 300 * gaussian_filter(rng.normal(size=(400, 500)), 2), 0, 255).astype(np.uint8)
    small = rng.integers(0, 255, (20, 20), dtype=np.uint8)
    words = '{"a": {"mime_type": "image/png", %s}, "b": {%s}, "c": "data:text/html;charset=utf8;filename=a.html;base64,YWJj"}'
    text = words % (embedded(noisy, "figure1b.png"), embedded(small, "small.png"))
    report = tmp_path / "report.html"
    report.write_text(text)
    lighten(report)
    lighter = report.read_text()
    assert len(lighter) < len(text) / 3 and embedded(small, "small.png") in lighter
    assert '"mime_type": "image/png"' in lighter and "filename=a.html;base64,YWJj" in lighter
    data = re.search(r"data:image/webp;charset=utf8;filename=figure1b\.webp;base64,([^\"]+)", lighter)[1]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L")).astype(float)
    assert shown.shape == noisy.shape and np.abs(shown - noisy).mean() < 4
    lighten(report)
    assert report.read_text() == lighter

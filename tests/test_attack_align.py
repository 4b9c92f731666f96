"""Landmarks placed by hand, and records of the align stage, under attack."""

import json

from attack import attacked, bounded, damaged, names, twisted
from hypothesis import strategies as st

from neuroturing.align.acpc.landmarks import manual_landmarks
from neuroturing.align.acpc.record import read_record

POINTS = {"AC": [1.0, 2.0, 3.0], "PC": [1.0, -23.0, 1.0], "top": [0.5, -10.0, 60.0]}
MARKUPS = {
    "@schema": "x",
    "markups": [
        {
            "type": "Fiducial",
            "coordinateSystem": "LPS",
            "controlPoints": [
                {"label": name, "description": "", "position": place, "positionStatus": "defined"} for name, place in POINTS.items()
            ],
        }
    ],
}
RECORD = {"ac": [0, 0, 0], "pc": [0, -25, 0], "acpc_to_world": [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "warnings": []}
FCSV = "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc\n"
FCSV += "".join(f"{name},{','.join(map(str, place))},0,0,0,1,1,1,0,{name},\n" for name, place in POINTS.items())
texts = st.one_of(
    damaged([FCSV.encode(), json.dumps(MARKUPS).encode()]),
    twisted([MARKUPS]).map(lambda tree: json.dumps(tree, default=repr).encode("utf-8", "surrogatepass")),
    st.lists(names, max_size=14).map(lambda cells: (FCSV + ",".join(cells)).encode("utf-8", "surrogatepass")),
    st.sampled_from([b"[" * 100_000, b'{"markups": ' * 100_000, b"9" * 5000, b'{"markups": 1e999}']),
)


@attacked(30, text=texts, end=st.sampled_from(["fcsv", "mrk.json"]))
def test_landmarks(folder, text, end):
    (folder / f"marks.{end}").write_bytes(text)
    with bounded():
        found = manual_landmarks({"landmarks": str(folder / f"marks.{end}")})
        assert found["ac"].shape == found["pc"].shape == (3,) and found["midline"].shape[1:] == (3,)


@attacked(20, tree=twisted([RECORD]), text=damaged([json.dumps(RECORD).encode()]))
def test_records(folder, tree, text):
    for content in (json.dumps(tree, default=repr).encode("utf-8", "surrogatepass"), text):
        (folder / "a_landmarks.json").write_bytes(content)
        with bounded():
            read_record(folder / "a_landmarks.json")

"""The whole workflow under attack: what Snakemake itself would run, expand, or write elsewhere."""

import os
import re
from pathlib import Path

import pytest
import yaml
from image_sets import blocks

from neuroturing.io.files import complete, write_png

ROOT = Path(__file__).resolve().parents[1]
STUDY = {
    "title": "{scan} $(touch pwned) <b>'\"\\ %s",
    "cuts": {"axial": {"rule": "images", "images": "real"}},
    "data": {"kidney": {"cut": "axial", "label": "{wildcards.study} `touch pwned`"}},
    "models": {"kidney": [{"recipe": "mine", "images": "created"}]},
    "reader_study": {"readers": ["r1"], "blocks": [{"every": True, "real": 2, "created": 2}]},
    "tables": {"table1": {"title": "{reader}", "caption": "{{0.__class__}} ; touch pwned"}},
    "figures": {"figure1": {"figure": "montage", "groups": "real", "title": "{figure}", "caption": "{nothing}"}},
}


def write_study(folder, **change):
    """A study of a few images made elsewhere; gives its folder."""
    for part in ("real", "created"):
        for number, picture in enumerate(blocks(4, 16)):
            write_png(folder / part / f"{part}{number}.png", picture)
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY | change, sort_keys=False))
    return str(folder)


def test_no_rule_has_a_shell_command_and_no_script_starts_a_shell():
    """A command line that is put together from what users write could run what they write."""
    rules = "".join(path.read_text() for path in [ROOT / "Snakefile", *ROOT.glob("workflow/rules/*.smk")])
    assert not re.search(r"^\s*(shell|run|wrapper|notebook|cwl)\s*:", rules, re.M)
    code = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.py")) + rules
    assert not re.search(r"shell\s*=\s*True|os\.system|os\.popen|\beval\(|pickle\.load|yaml\.load\((?!.*_Loader)|allow_pickle=True", code)


@pytest.mark.parametrize("how", ["--dry-run", pytest.param("--nocolor", marks=pytest.mark.slow)])
def test_texts_with_braces_and_commands_are_text_to_snakemake(snakemake, checkout, write, how):
    """From a dry run to the last file of a study: nothing is expanded, nothing run, nothing written outside results/ and logs/."""
    before = {path.name for path in checkout.iterdir()}
    mine = write("mine.yaml", {"studies": [write_study(checkout / "kidney")]})
    (checkout / "responses" / "kidney").mkdir(parents=True)
    run = snakemake(how, "--configfile", mine, "--", *(f"results/kidney/{name}" for name in ("table1.tsv", "figure1.png", "settings.html")))
    assert run.returncode == 0, run.stdout
    new = {path.name for path in checkout.iterdir()} - before - {"mine.yaml", "kidney", "responses"}
    assert new <= {"results", "logs", "benchmarks", ".snakemake"}, new
    assert not list(checkout.rglob("pwned"))
    if how != "--dry-run":
        page = (checkout / "results/kidney/settings.html").read_text()
        assert "<b>'" not in page and "&lt;b&gt;" in page


REFUSED = {
    "key twice": ("seed: 1\nseed: 2\n", "line 2\n.*the key 'seed' stands twice"),
    "braces in an answer": ("responses: answers\nstudies: [kidney]\n", "without { and }"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_snakemake_would_take_is_refused_by_name(snakemake, checkout, write, name):
    text, found = REFUSED[name]
    folder = write_study(checkout / "kidney")
    write("answers/kidney/notes {nothing}.txt", "")
    run = snakemake("--dry-run", "--configfile", write("mine.yaml", text.replace("[kidney]", f"['{folder}']")))
    assert run.returncode != 0 and re.search(found, run.stdout), run.stdout
    assert "Traceback" not in run.stdout


def test_a_link_among_the_results_is_followed_for_a_folder_and_replaced_for_a_file(tmp_path):
    """A study's folder may lie on another disk; a file of the user's that an output's name leads to stays as it is."""
    own, results, elsewhere = (tmp_path / name for name in ("own", "results", "elsewhere"))
    for folder in (own, results, elsewhere):
        folder.mkdir()
    (own / "a.txt").write_text("mine")
    (results / "kidney").symlink_to(elsewhere)
    for name in ("file", "folder"):
        (elsewhere / name).symlink_to(own / "a.txt" if name == "file" else own)
    with complete(results / "kidney" / "file") as partial:
        partial.write_text("new")
    with complete(results / "kidney" / "folder") as partial:
        partial.mkdir()
        (partial / "b.txt").write_text("new")
    assert [path.name for path in own.iterdir()] == ["a.txt"] and (own / "a.txt").read_text() == "mine"
    assert not (elsewhere / "file").is_symlink() and (elsewhere / "file").read_text() == "new"
    assert not (elsewhere / "folder").is_symlink() and (elsewhere / "folder/b.txt").read_text() == "new"
    assert (results / "kidney").is_symlink() and sorted(os.listdir(elsewhere)) == ["file", "folder"]

"""What a run shows: what scripts print goes to their logs, failures and warnings stand on the screen once, and time left adds up."""

import ast
import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from neuroturing import runlog
from neuroturing.screen import jobs
from neuroturing.screen.jobs import Run, read_progress, reason, stage_of
from neuroturing.screen.view import View, duration, without_places

SCRIPTS = Path(__file__).parents[1] / "workflow/scripts"

SCRIPT = """
import os, subprocess, sys, types, warnings
sys.path.insert(0, {scripts!r})
snakemake = types.SimpleNamespace(log=[{log!r}])
import neuroturing
os.write(2, b"E0000 00:00:1 noise of an import\\n")
print("printed", flush=True)
if len(sys.argv) > 1:
    sys.exit()
{then}
"""
FAILS = """
import logging
from neuroturing.errors import InputError
from neuroturing.runlog import log_to
subprocess.run([sys.executable, __file__, "child"])
with log_to({log!r}):
    logging.info("quiet")
    logging.warning("odd")
    warnings.warn("two\\nlines")
    raise InputError("a.nii.gz", "nothing", "values", "copy it anew")
"""
ERROR = "a.nii.gz\n  found:    nothing\n  expected: values\n  hint:     copy it anew"


@pytest.fixture
def script(tmp_path):
    def execute(then, **environment):
        log = tmp_path / "script.log"
        log.write_text("of an earlier run\n")
        file = tmp_path / "script.py"
        file.write_text(SCRIPT.format(scripts=str(SCRIPTS), log=str(log), then=then.format(log=str(log))))
        kept = {name: value for name, value in os.environ.items() if name != runlog.WATCHED}
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, env=kept | environment)
        return done, log

    return execute


def test_a_script_shows_warnings_and_its_error_and_logs_all_the_rest(script):
    done, log = script(FAILS)
    warned = "two lines (UserWarning, script.py:"
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"WARNING: odd\nWARNING: {warned}") and done.stderr.endswith(f"\nERROR: {ERROR}\n")
    assert len(done.stderr.splitlines()) == 3 + ERROR.count("\n")
    text = log.read_text()
    # The process that the script started printed as well, and did not empty the log.
    assert text.count("E0000") == text.count("printed") == 2
    assert all(part in text for part in ("INFO quiet", "WARNING odd", f"WARNING {warned}", f"ERROR {ERROR}"))
    assert "earlier" not in text and reason(log) == ERROR


def test_a_watched_script_leaves_the_screen_to_the_view(script):
    done, log = script(FAILS, **{runlog.WATCHED: "1"})
    assert (done.returncode, done.stderr, done.stdout) == (1, "", "")
    assert reason(log) == ERROR


def test_an_import_that_fails_is_in_the_log(script):
    done, log = script("import no_such_package")
    assert done.returncode == 1 and done.stderr == ""
    assert reason(log) == "ModuleNotFoundError: No module named 'no_such_package'"


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_scripts_leave_tensorflow_to_the_library(path):
    """It prints while it is imported: the library, which sends that to the log, must come first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    assert not {name.split(".")[0] for name in names} & {"tensorflow", "keras"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10:00:00 INFO a\n10:00:01 ERROR f\n  hint:     h\nE0000 00:00:1 x\n", "f\n  hint:     h"),
        ("10:00:01 ERROR The script failed.\nTraceback (most recent call last):\n  File x\nKeyError: 'a'\n", "KeyError: 'a'"),
        ("10:00:01 ERROR full\nException ignored in: <f>\nTraceback (most recent call last):\n  File x\nValueError: y\n", "full"),
        ("10:00:00 INFO step 5\nKilled\n", "10:00:00 INFO step 5\nKilled"),
        ("", ""),
    ],
)
def test_reason_is_the_last_error_of_a_log(tmp_path, text, why):
    (tmp_path / "log").write_text(text)
    assert reason(tmp_path / "log") == why


def test_stages_follow_the_rule_files():
    rules = {"train_gan": "gan.smk", "sample_gan": "gan.smk", "figure": "rules/report.smk", "cut": "cut.smk", "all": "Snakefile"}
    assert [stage_of(*rule) for rule in rules.items()] == ["train", "create", "render", "cut", ""]


def test_each_rule_file_is_a_stage():
    parts = {path.stem for path in (SCRIPTS.parent / "rules").glob("*.smk") if "\nrule " in path.read_text(encoding="utf-8")}
    assert {stage_of("", f"{part}.smk") for part in parts} <= set(jobs.STAGES)


def test_warnings_of_a_log_come_once_and_those_of_an_earlier_run_never(tmp_path, clock):
    log = tmp_path / "log"
    log.write_text("09:00:00 WARNING of an earlier run\n")
    os.utime(log, (clock.now - 60, clock.now - 60))
    job = jobs.Job("cut", "cut", "Cutting", clock.now, str(log))
    assert job.warnings() == []
    log.write_text("10:00:00 INFO a\n10:00:01 WARNING first\n10:00:02 WARN")
    os.utime(log, (clock.now + 1, clock.now + 1))
    assert job.warnings() == ["first"] and job.warnings() == []
    with log.open("a") as stream:
        stream.write("ING second\n")
    os.utime(log, (clock.now + 2, clock.now + 2))
    assert job.warnings() == ["second"]


@pytest.fixture
def clock(monkeypatch):
    time = SimpleNamespace(now=1_800_000_000.0)
    monkeypatch.setattr(jobs.time, "time", lambda: time.now)
    return time


def write_progress(folder, **known):
    path = folder / "results/s/training_state/d/r/progress.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"step": 100, "total": 1000, "images_per_s": 50.0, "seconds_left": 90} | known))
    return path


def test_time_left_adds_up(tmp_path, monkeypatch, clock):
    monkeypatch.chdir(tmp_path)
    run = Run({"cut": "cut", "train_gan": "train", "all": ""}, cores=2)
    run.plan({"cut": 5, "train_gan": 2, "all": 1, "total": 8})
    assert run.count() == {"cut": (0, 5), "train": (0, 2)}
    run.start(1, "cut", "", None, 1, {})
    clock.now += 10
    run.finish(1)
    # How long a training takes is not known before one has begun.
    assert run.seconds_left() is None
    run.start(2, "train_gan", "", None, 1, {"study": "s", "dataset": "d", "recipe": "r"})
    clock.now += 30
    path = write_progress(tmp_path)
    os.utime(path, (clock.now, clock.now))
    assert read_progress(path, clock.now)["step"] == 100
    # This one 90 s, the other 120, four cuts of 10: on two cores.
    assert run.seconds_left() == pytest.approx((90 + 120 + 4 * 10) / 2)
    run.start(3, "cut", "", None, 1, {})
    run.finish(3, failed=True)
    assert (run.failed, run.seconds_left()) == (1, pytest.approx((90 + 120 + 3 * 10) / 2))
    run.start(3, "cut", "", None, 1, {})  # again
    assert run.failed == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"step": 1}', '{"step": 1, "total": 0}', '{"step": null, "total": 5}'])
def test_progress_that_cannot_be_read_is_no_progress(tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    assert read_progress(tmp_path / "p.json") is None
    assert read_progress(tmp_path / "none.json") is read_progress(None) is None


def test_progress_of_an_earlier_run_does_not_count(tmp_path):
    path = write_progress(tmp_path)
    assert read_progress(path, path.stat().st_mtime + 60) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "5 s"), (42, "40 s"), (59, "1 min"), (540, "9 min"), (7800, "2 h 10 min"), (273600, "3 d 4 h")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_places_in_the_snakefile_are_left_out_of_messages_for_people_alone():
    place = '  File "/x/common.smk", line 29, in <module>'
    assert without_places(f'InputError in file "/x/common.smk", line 29:\n{ERROR}\n{place}\n{place}') == ERROR
    other = f'NameError in file "/x/Snakefile", line 3:\nname x\n{place}'
    assert without_places(other) == other


def told(view, level, event=None, message="", **known):
    record = logging.makeLogRecord({"levelno": level, "msg": message, "event": event, **known})
    return view.filter(record)


@pytest.fixture
def view(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(runlog.WATCHED, "")
    rules = [SimpleNamespace(name="cut", snakefile="cut.smk"), SimpleNamespace(name="train_gan", snakefile="gan.smk")]
    workflow = SimpleNamespace(rules=rules, local_exec=True, resource_settings=SimpleNamespace(cores=2))
    view = View(workflow, io.StringIO())
    yield view
    if view.run:
        view.close()


def started(view, number, rule="cut", log="cut.log", **wildcards):
    known = {"jobid": number, "rule_name": rule, "rule_msg": f"Doing {number}", "log": [log], "threads": 1}
    return told(view, logging.INFO, "job_info", wildcards=wildcards, **known)


def test_snakemake_lists_until_the_work_starts_or_where_it_was_asked_to(view):
    assert told(view, logging.INFO, message="Building DAG of jobs...")
    assert not told(view, logging.INFO, "workflow_started", "Workflow has started!")
    assert not told(view, logging.INFO, message="Select jobs to execute...")
    asked = View(view.workflow, io.StringIO(), listing=True)
    assert told(asked, logging.INFO, "workflow_started") and told(asked, logging.INFO, message="Select jobs to execute...")


def test_a_training_that_was_stopped_and_a_folder_in_use_say_how_to_go_on(view, tmp_path):
    assert not told(view, logging.ERROR, "error", "LockException:\nError: Directory cannot be locked. Please make sure that ...")
    assert "in use" in view.stream.getvalue() and "\n      snakemake --unlock\n" in view.stream.getvalue()
    view.stream.truncate(0)
    told(view, logging.INFO, "workflow_started")
    started(view, 1, "train_gan", "train.log")
    (tmp_path / "train.log").write_text("10:00:01 ERROR stopped by SIGINT after update 7 of 9; the state is kept, run again to go on\n")
    told(view, logging.ERROR, "job_error", jobid=1, rule_name="train_gan", rule_msg=None, log=["train.log"])
    assert "stopped: Doing 1\n  stopped by SIGINT after update 7 of 9; the state is kept, run again" in view.stream.getvalue()
    assert "failed" not in view.stream.getvalue()


def test_a_run_shows_its_failure_once_and_whole(view, tmp_path):
    told(view, logging.INFO, "workflow_started")
    told(view, logging.INFO, "run_info", stats={"cut": 3, "train_gan": 1, "total": 4})
    started(view, 1)
    (tmp_path / "cut.log").write_text(f"10:00:00 WARNING odd\n10:00:01 ERROR {ERROR}\n")
    told(view, logging.ERROR, "error", "RuleException:\nCalledProcessError in file x")
    told(view, logging.ERROR, "job_error", jobid=1, rule_name="cut", rule_msg=None, log=["cut.log"])
    started(view, 2, log="none.log")
    told(view, logging.ERROR, "error", "RuleException:\nCalledProcessError: died with <Signals.SIGKILL: 9>")
    told(view, logging.ERROR, "job_error", jobid=2, rule_name="cut", rule_msg=None, log=["none.log"])
    started(view, 3, log="none.log")
    told(view, logging.INFO, "job_finished", job_id=3)
    told(view, logging.ERROR, message="Exiting because a job execution failed. Look above for error messages")
    told(view, logging.WARNING, message="a disk is full")
    told(view, logging.INFO, message="Elapsed time: 0:00:01")
    told(view, logging.ERROR, "error", "WorkflowError:\nAt least one job did not complete successfully.")
    lines = [line[6:] if line[2:3] == ":" else line for line in view.stream.getvalue().splitlines()]
    assert lines == [
        "4 jobs: cut 3, train 1",
        *("warning: odd", "failed: Doing 1", *(f"  {line}" for line in ERROR.splitlines()), "  its log:  cut.log"),
        *("failed: Doing 2", "  RuleException:", "  CalledProcessError: died with <Signals.SIGKILL: 9>", "  its log:  none.log"),
        *("warning: a disk is full", "1 of 4 jobs done in 5 s, 2 failed, 1 could not start: the reasons are above"),
    ]


def test_an_error_of_the_plan_is_whole(view):
    assert not told(view, logging.ERROR, "error", f'InputError in file "/x/common.smk", line 29:\n{ERROR}\n  File "/x/a.py", line 2, in f')
    assert view.stream.getvalue() == ERROR + "\n"


def test_a_day_of_training_takes_few_lines(view, tmp_path, clock):
    told(view, logging.INFO, "workflow_started")
    told(view, logging.INFO, "run_info", stats={"cut": 1, "train_gan": 1, "total": 2})
    started(view, 1)
    told(view, logging.INFO, "job_finished", job_id=1)
    started(view, 2, "train_gan", log="none", study="s", dataset="d", recipe="r")
    path = write_progress(tmp_path)
    counts = {}
    for second in range(0, 24 * 3600, 5):
        clock.now += 5
        os.utime(path, (clock.now, clock.now))
        view._line()
        counts[second // 60] = view.stream.getvalue().count("\n")
    assert 10 <= counts[24] <= 30 and counts[24 * 60 - 1] < 90
    assert view.stream.getvalue().splitlines()[-1].endswith("train 0 of 1, d/r 10 %, 1 of 2 jobs, about 2 min left")


RUN = """
import sys
sys.path.insert(0, {scripts!r})
from neuroturing.screen.view import take_over
take_over(workflow)
rule all:
    input: "a", "b"
rule make:
    output: "{{name}}"
    log: "{{name}}.log"
    message: "Making {{wildcards.name}}"
    shell: "echo '10:00:00 ERROR no {{wildcards.name}}' > {{log}}; [ {{wildcards.name}} = a ] && touch {{output}}"
"""


@pytest.mark.slow
def test_snakemake_runs_under_the_view(tmp_path):
    (tmp_path / "Snakefile").write_text(RUN.format(scripts=str(SCRIPTS)))
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--keep-going"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("no b") == 1 and "failed: Making b\n  no b\n  its log:  b.log\n" in done.stderr
    assert "1 of 3 jobs done" in done.stderr and "no a" not in done.stderr and len(done.stderr.splitlines()) <= 8
    listed = subprocess.run([*command, "--printshellcmds"], cwd=tmp_path, capture_output=True, text=True)
    assert listed.returncode == 1 and "Error in rule make" in listed.stderr

"""Which scans a simulated cohort has. Read while Snakemake plans, so standard library only."""

import random

# Which images each phantom makes of a scan, in order.
CONTRASTS = {"t1": ["t1w"], "glioma": ["t1", "t1c", "t2", "flair"], "spect": ["spect"]}

# Age of patients and of healthy volunteers, and 26 women of 63 subjects: Koshino 2018, "Materials and methods". Ages outside the limits are
# drawn again (not stated: chosen because patients are adults).
STROKE_AGE, STROKE_WOMEN = (69, 10, 40, 95), 26 / 63
# Glioblastoma: median age at diagnosis 65 years, 1.58 men to a woman (CBTRUS: Ostrom et al., Neuro Oncol 2018;20:iv1). Not stated:
# mean somewhat lower, spread and limits, chosen because the patients of BraTS are adults fit for treatment.
GLIOMA_AGE, GLIOMA_WOMEN = (62, 12, 22, 88), 1 / 2.58
# Not stated: chosen because 66 cerebellar images of a unilateral pattern stand beside 116 at the basal ganglia (Werner 2022, abstract), so
# that in about this share of patients the defect shows in the cerebellum.
SHARE_WITH_DIASCHISIS = 66 / 116
CEREBELLUM_TOP_MM = -15.0  # levels below this height in the template show the cerebellum
PATTERNS = ("normal", "unilateral", "bilateral")


def plan_cohort(phantom, settings, seed):
    """List the scans of a simulated cohort.

    Parameters
    ----------
    phantom : str
        t1: one scan for each healthy volunteer, an acute and a chronic one for each patient; glioma: one examination for each patient;
        spect: one for each subject.
    settings : dict
        Numbers of subjects: healthy, patients; patients; normal, unilateral, bilateral. Of spect also heights_mm.
    seed : int
        A subject follows from the seed and the subject's name alone, however many others there are.

    Returns
    -------
    list of dict
        Rows of a cohort without their images: subject, scan, group, age (whole years), sex (F, M), and what the phantom draws besides.
    """
    return {"t1": _plan_heads, "glioma": _plan_gliomas, "spect": _plan_perfusion}[phantom](settings, seed)


def _plan_heads(settings, seed):
    """phase: '', acute or chronic."""
    rows = []
    for number in range(1, settings["healthy"] + settings["patients"] + 1):
        subject = f"sub-{number:02d}"
        group = "healthy" if number <= settings["healthy"] else "patient"
        person = {"subject": subject, "group": group, **_draw_person(f"{seed}/{subject}", STROKE_AGE, STROKE_WOMEN)}
        for phase in ("",) if group == "healthy" else ("acute", "chronic"):
            rows.append(person | {"scan": f"{subject}_{phase}" if phase else subject, "phase": phase})
    return rows


def _plan_gliomas(settings, seed):
    """grade: high (HGG)."""
    rows = []
    for number in range(1, settings["patients"] + 1):
        subject = f"case-{number:02d}"
        person = _draw_person(f"{seed}/{subject}", GLIOMA_AGE, GLIOMA_WOMEN)
        rows.append({"subject": subject, "scan": subject, "group": "HGG", "grade": "HGG", **person})
    return rows


def _plan_perfusion(settings, seed):
    """side of the defect ('', left, right, both); diaschisis; levels, of heights_mm, where the pattern shows: a unilateral defect in the
    cerebellum only by crossed diaschisis, a bilateral one never, as in Werner 2022; heights (none).
    """
    rows = []
    for pattern in PATTERNS:
        for number in range(1, settings[pattern] + 1):
            subject = f"{pattern}-{number:03d}"
            generator = random.Random(f"{seed}/{subject}/spect")
            side = {"normal": "", "unilateral": generator.choice(("left", "right")), "bilateral": "both"}[pattern]
            diaschisis = pattern == "unilateral" and generator.random() < SHARE_WITH_DIASCHISIS
            low = pattern == "normal" or diaschisis
            levels = [level for level, height in settings["heights_mm"].items() if low or height >= CEREBELLUM_TOP_MM]
            row = {"subject": subject, "scan": subject, "group": pattern, "side": side, "levels": levels, "heights": {}}
            rows.append(row | {"diaschisis": diaschisis} | _draw_person(f"{seed}/{subject}", STROKE_AGE, STROKE_WOMEN))
    return rows


def _draw_person(key, age, share_of_women):
    """Age from a normal distribution within limits, and sex."""
    generator = random.Random(key)
    mean, spread, youngest, oldest = age
    years = 0
    while not youngest <= years <= oldest:
        years = round(generator.gauss(mean, spread))
    return {"age": years, "sex": "F" if generator.random() < share_of_women else "M"}

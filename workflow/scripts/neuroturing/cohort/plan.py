"""Which scans a simulated cohort has. Read while Snakemake plans, so standard library only."""

import random

MEAN_AGE, SD_AGE, OLDEST, YOUNGEST = 69, 10, 95, 40
SHARE_OF_WOMEN = 26 / 63


def planned_scans(settings, seed):
    """List the scans of a simulated cohort: one per healthy volunteer, an acute and a chronic one per patient.

    Age is drawn from a normal distribution of mean 69 and standard deviation 10 years, and 26 of 63 subjects are women
    (Koshino 2018, "Materials and methods"). Ages outside 40 to 95 years are drawn again (not stated: chosen because patients are adults).

    Parameters
    ----------
    settings : dict
        `healthy` and `patients`: numbers of subjects.
    seed : int
        A subject's age and sex follow from the seed and the subject's name alone, however many others there are.

    Returns
    -------
    list of dict
        subject, scan, group (healthy, patient), phase ('', acute, chronic), age (whole years), sex (F, M).
    """
    scans = []
    for number in range(1, settings["healthy"] + settings["patients"] + 1):
        subject = f"sub-{number:02d}"
        group = "healthy" if number <= settings["healthy"] else "patient"
        traits = {"group": group, **_draw_person(subject, seed)}
        for phase in ("",) if group == "healthy" else ("acute", "chronic"):
            scans.append({"subject": subject, "scan": f"{subject}_{phase}" if phase else subject, "phase": phase, **traits})
    return scans


def _draw_person(subject, seed):
    generator = random.Random(f"{seed}/{subject}")
    age = 0
    while not YOUNGEST <= age <= OLDEST:
        age = round(generator.gauss(MEAN_AGE, SD_AGE))
    return {"age": age, "sex": "F" if generator.random() < SHARE_OF_WOMEN else "M"}


# Glioblastoma: median age at diagnosis 65 years, 1.58 men to a woman (CBTRUS: Ostrom et al., Neuro Oncol 2018;20:iv1). Not stated:
# mean somewhat lower, spread and limits, chosen because the patients of BraTS are adults fit for treatment.
CASE_AGE, CASE_SD_AGE, CASE_OLDEST, CASE_YOUNGEST = 62, 12, 88, 22
SHARE_OF_WOMEN_WITH_GLIOMA = 1 / 2.58


def planned_cases(settings, seed):
    """List the cases of a simulated cohort of high-grade gliomas, one examination of four sequences each.

    Parameters
    ----------
    settings : dict
        `patients`: their number.
    seed : int
        A case follows from the seed and its name alone, however many others there are.

    Returns
    -------
    list of dict
        subject, patient (the same), grade (HGG), age (whole years), sex (F, M).
    """
    return [_draw_case(f"case-{number:02d}", seed) for number in range(1, settings["patients"] + 1)]


def _draw_case(subject, seed):
    generator = random.Random(f"{seed}/{subject}")
    age = 0
    while not CASE_YOUNGEST <= age <= CASE_OLDEST:
        age = round(generator.gauss(CASE_AGE, CASE_SD_AGE))
    sex = "F" if generator.random() < SHARE_OF_WOMEN_WITH_GLIOMA else "M"
    return {"subject": subject, "patient": subject, "grade": "HGG", "age": age, "sex": sex}


# Not stated: chosen because 66 cerebellar images of a unilateral pattern stand beside 116 at the basal ganglia (Werner 2022, abstract), so
# that in about this share of patients the defect shows in the cerebellum.
SHARE_WITH_DIASCHISIS = 66 / 116
PATTERNS = ("normal", "unilateral", "bilateral")


def planned_spect(settings, seed):
    """List the perfusion scans of a simulated cohort, one per subject.

    Age and sex are drawn as for `planned_scans` (not stated in the abstract of Werner 2022: chosen because the patients are of a kind).

    Parameters
    ----------
    settings : dict
        `normal`, `unilateral`, `bilateral`: numbers of subjects.
    seed : int
        A subject follows from the seed, the pattern and the subject's number within it alone.

    Returns
    -------
    list of dict
        subject, scan (the same), pattern, side (of the supratentorial defect: '', left, right, both), levels (where the pattern shows: a
        unilateral defect at CER only by crossed cerebellar diaschisis, a bilateral one never, as in the paper), age, sex, heights (none).
    """
    cases = []
    for pattern in PATTERNS:
        for number in range(1, settings[pattern] + 1):
            subject = f"{pattern}-{number:03d}"
            generator = random.Random(f"{seed}/{subject}/spect")
            side = {"normal": "", "unilateral": generator.choice(("left", "right")), "bilateral": "both"}[pattern]
            cerebellar = pattern == "normal" or pattern == "unilateral" and generator.random() < SHARE_WITH_DIASCHISIS
            levels = ["CER", "BG", "COR"] if cerebellar else ["BG", "COR"]
            case = {"subject": subject, "scan": subject, "pattern": pattern, "side": side, "levels": levels, "heights": {}}
            cases.append(case | _draw_person(subject, seed))
    return cases

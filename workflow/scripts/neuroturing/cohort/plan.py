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

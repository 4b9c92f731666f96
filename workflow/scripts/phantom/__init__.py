"""Simulated cohorts that look like MRI and SPECT, with the truth beside them: for the demo and for tests.

A phantom is `simulate(case, settings, seed)`, which gives volumes by contrast, the truth (ready for JSON) and a mask of the lesion, and
`Options`, its settings. `plan.py` lists the scans of a cohort.
"""

from neuroturing.registry import Registry

PHANTOMS = Registry(__name__, t1="t1:simulate", glioma="glioma:simulate", spect="perfusion:simulate")

"""What a run shows: one calm view of its stages and trainings; warnings and failures as lines.

jobs: what a run has done and what it waits for, from Snakemake's events and the jobs' logs. view: how that looks.
"""

"""Multi-reader multi-case studies: plan, simulate, analyse and exchange them. Needs numpy, scipy and pandas alone.

Nothing else of the house is in this room: copy the folder, and it works. A study is one table with the columns reader, modality, case,
truth (1 positive, 0 negative) and rating (0 or 1, or a confidence); a row is one reading. Which cases are shared, by all or within a
reader or a modality, is read from their labels. Errors are ValueErrors in words.

>>> from neuroturing.mrmc import analyse, components_of, power_table, separation, simulate
>>> ratings = simulate("HH", readers=5, positives=50, negatives=50, separation=separation("HH", [0.6, 0.7]), seed=1)
>>> study = analyse(ratings, metric="auc", constant=0.5)
>>> overall, against_constant, pairs = study.test, study.modalities, study.differences
>>> table = power_table(components_of("HH", 0.6, 50, 50), readers=[3, 5, 8], cases=[50, 100, 200], effect=0.1, endpoint="constant")
"""

from .analysis import Analysis, FTest, analyse
from .components import Components
from .imrmc import read_imrmc, write_imrmc
from .metrics import METRICS
from .ratings import COLUMNS, DESIGNS
from .roemetz import ROE_METZ, RoeMetz, components_of, separation, simulate
from .sizing import power, power_table

__all__ = [
    "COLUMNS",
    "DESIGNS",
    "METRICS",
    "ROE_METZ",
    "Analysis",
    "Components",
    "FTest",
    "RoeMetz",
    "analyse",
    "components_of",
    "power",
    "power_table",
    "read_imrmc",
    "separation",
    "simulate",
    "write_imrmc",
]

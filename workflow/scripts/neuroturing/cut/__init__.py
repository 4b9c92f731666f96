"""Cut images from scans, or take images that exist: each cut is a module with typed keys and one function.

    cut(rows, aligned, spec, split) -> ImageSet or PlaneSet

rows : list of dict
    Scans of the cohort: subject, scan, group, images (path by contrast), and what else its table has.
aligned : list of dict, or of None
    What the align stage found of each scan, in the order of `rows`.
spec : dict
    The cut's own keys, see its `Options`.
split : dict
    "train", "validation" or "held_out" by subject.

A picture is 8-bit grey, background 0 (`imageset.blackened`), and has every label of `imageset.LABELS`; `source` is "real". A further cut is
one file and one line here.
"""

from ..registry import Registry

CUTS = Registry(__name__, planes="planes:cut", sections="sections:cut", levels="levels:cut", images="images:cut")

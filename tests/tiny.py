"""The smallest run of all four studies: from simulated scans to the report in a few minutes."""

EXAMINATION = {"images": 40, "encoder_steps": 5, "repeats": 2}
ANGLE = {"first": -2, "last": 2, "step": 2}
TINY = {
    "cohorts": {
        "stroke": {"simulate": {"healthy": 2, "patients": 1, "shape": [128, 128, 62], "voxel_mm": [1.88, 1.88, 3.0]}},
        "glioma": {"simulate": {"patients": 1}},
        "perfusion": {"simulate": {"normal": 2, "unilateral": 2, "bilateral": 2}},
    },
    "override": {
        "koshino2018": {
            "split": "none",
            "examination": EXAMINATION,
            "cuts": {"turned": {"size": 32, "yaw_deg": ANGLE, "pitch_deg": ANGLE, "roll_deg": ANGLE}},
            "samples": {"created": 80, "real": 80, "write_images": True},
        },
        "han2018": {"split": "none", "examination": EXAMINATION},
        "miru2017": {"split": "none", "examination": EXAMINATION},
        "werner2022": {
            "split": "none",
            "examination": EXAMINATION,
            "comparisons": {"comparison": {"side": "all"}, "comparison_b": {"side": "all"}},
        },
        "recipes": {"dcgan": {"steps": 30}, "fastgan": {"steps": 150, "batch": 2}}
        | {name: {"steps": 4} for name in ("dcgan_4x4", "wgan", "began")},
    },
}

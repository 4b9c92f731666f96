"""Does it help a classifier to add created images to the real ones it is trained on?

`tasks` finds what can be classified, `arms` says what each classifier is trained on, `classifier` is the classifier, `intervals` what it is
worth on held-out subjects, `sentences` the same in words. `examine` does all of it.
"""

COLUMNS = (
    "task",
    "recipe",
    "datasets",
    "arm",
    "ratio",
    "training_share",
    "metric",
    "value",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "p_value",
    "p_adjusted",
    "n_train",
    "n_created",
    "n_test",
    "subjects_train",
    "subjects_test",
    "repeats",
    "side",
    "sentence",
    "against",
)

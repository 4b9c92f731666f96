"""Where the images of a study lie in each scan: a rule finds it, writes it as JSON, and draws it for a person to check."""

# By rule: folder of its records under a study's results, and how a record's file name ends after the scan's name.
FOLDERS = {"acpc": ("acpc", "_landmarks.json"), "levels": ("levels", "_levels.json")}

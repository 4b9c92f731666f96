"""What the abstract of Werner et al., Sci Rep 2022;12:18787 prints of its comparison. The full text was not at hand."""

# In the abstract's own characters. It prints one P for the three patterns of LR with B, and one for normal and bilateral of LR with A.
P_VALUES = {
    ("MC", "A", "normal"): "P = 0.8",
    ("MC", "A", "unilateral"): "P = 0.99",
    ("MC", "A", "bilateral"): "P = 0.68",
    ("MC", "B", "normal"): "P < 0.0001",
    ("MC", "B", "unilateral"): "P = 0.77",
    ("MC", "B", "bilateral"): "P < 0.0001",
    ("LR", "A", "normal"): "P ≥ 0.08",
    ("LR", "A", "unilateral"): "P = 0.03",
    ("LR", "A", "bilateral"): "P ≥ 0.08",
    ("LR", "B", "normal"): "P ≤ 0.01",
    ("LR", "B", "unilateral"): "P ≤ 0.01",
    ("LR", "B", "bilateral"): "P ≤ 0.01",
}
AGAINST = "images of real patients; their levels, the test and the number of created images are not stated"

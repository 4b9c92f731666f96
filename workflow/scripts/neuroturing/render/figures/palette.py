"""The colours of every figure."""

INK, FAINT, FILL, FRAME = "#1a1a1a", "#6b6b6b", "#eef1f4", "#b9c0c7"
REAL, CREATED = "#1f6f8b", "#b4552d"
# Real images in greys, created ones by Okabe and Ito, whose colours are told apart by readers with any colour vision.
REAL_SERIES = ("#4d4d4d", "#8c8c8c", "#b3b3b3")
CREATED_SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

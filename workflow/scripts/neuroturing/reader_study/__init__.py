"""The reader study: drawing a quiz, its sheet, the answers, and the table of what the readers saw."""

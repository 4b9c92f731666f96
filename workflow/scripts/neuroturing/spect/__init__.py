"""Perfusion SPECT: brain section and midline, mean counts and left/right ratio, and how real and created images compare."""

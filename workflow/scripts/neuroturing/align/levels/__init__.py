"""Axial levels of perfusion scans: where they lie, and a picture to check that by."""

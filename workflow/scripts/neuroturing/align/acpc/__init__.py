"""Anterior and posterior commissure: where they are, the frame that they make, and the scan resliced into it."""

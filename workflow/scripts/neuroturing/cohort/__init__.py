"""Cohorts: the tables and folders that name scans, and the simulated one that the demo and the tests run on."""

"""Files in and out: volumes; tables, records, figures and pictures, each written under its name only when it is complete."""

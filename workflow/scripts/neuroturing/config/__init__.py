"""The configuration: one typed model, how files are merged into it, and where each value comes from. Standard library and pydantic
alone.
"""

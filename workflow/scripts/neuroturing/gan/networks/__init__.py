"""Generators and discriminators, a file for each family, each network a function of a recipe."""

"""A reporting checklist filled in from a study's own files, with what only the authors can add left open and named.

`items` has what is asked, in our own words by the checklist's numbers; `known` reads the files; `answers` has a function for each item that
files can answer. No answer is a constant: each is made of what the files hold, and is empty where they hold nothing on it.
"""

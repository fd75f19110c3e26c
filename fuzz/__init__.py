"""Input made up by atheris, against what reads hostile bytes. Each target is a module of a few lines:

    seeds()     what to begin with, built when it is asked for
    one(data)   read it; whatever it raises is a defect

corpus/TARGET/ keeps what once failed: tests/test_fuzz.py reads all of it again in every run.
"""

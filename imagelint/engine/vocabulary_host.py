"""The facts of images that live on in an engine, for imagelint.engine.vocabulary."""

from __future__ import annotations

from imagelint.engine.fact import BOOL, INT, LIST, STRING, Fact

STORED = {
    "name": Fact(STRING, "Its first tag; without one the first 12 digits of its id."),
    "tags": Fact(LIST, "All its tags."),
    "dangling": Fact(BOOL, "It has neither a tag nor the name of a repository that it was pulled from."),
    "superseded": Fact(BOOL, "It lost its name to an image that was built or pulled later."),
    "was": Fact(STRING, "The name that it had, as far as known; empty for an image that has one or never had any."),
    "certain": Fact(BOOL, "That name was told by the engine, and not guessed by what the images have in common."),
    "replaced_by": Fact(STRING, "The image that has that name now, in 12 digits of its id; empty where none has."),
    "running": Fact(LIST, "The running containers that were made of it."),
    "stopped": Fact(LIST, "The containers that were made of it and do not run."),
    "builds": Fact(INT, "How many other images are built on it."),
    "size_text": Fact(STRING, "What it takes with all its layers, in words: 12.3 MB."),
    "frees": Fact(INT, "Bytes that only it takes: removing it frees them."),
    "frees_text": Fact(STRING, "The same in words."),
    "age_days": Fact(INT, "Days since it was built; 0 where nobody knows, as with reproducible builds."),
    "secrets": Fact(INT, "How many secrets were found in it; 0 too where images are not looked into."),
    "secrets_text": Fact(STRING, "The same in words: 1 secret, 3 secrets."),
}

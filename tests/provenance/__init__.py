"""The truth about which line made what: real builds whose layers say it themselves.

Nothing here parses a Dockerfile, and nothing is shared with what the product does. A case is a template in which the
author marks by hand where instructions begin and go on:

    > FROM base:1                                  `> ` an instruction begins on this line
      # a comment                                  anything else stands between instructions, as it is
    > RUN touch /{mark} && \\                       `{mark}` is mark_<Dockerfile>_<line of this instruction>
    |     echo done                                `| ` it goes on (`|` alone: an empty line)
    > ENV {mark}={secret}                          `{secret}` is a token made for this instruction

The lines are counted when the test writes the Dockerfile. A builder then writes the marks into the layers, from where
Python's tarfile reads them: a layer with the file mark_a_4 was made by line 4 of Dockerfile a. Tokens are found in the
configuration by the product, and the bed knows which line it gave each to. Of the product only the JSON of the command
is read: `scan --dockerfile FILE`, with a rule that holds for every layer.

A case is added to the table of one of the `cases_*` modules:

* every instruction that makes a layer creates one file or folder of the name `{mark}`, and brings or changes no other
  mark; where the same text stands several times, each appends a line to `/{count}`, and the n-th line belongs to the
  n-th of them;
* where several write one path, that is `/said_a`, and holds the line: `COPY {mark} /said_a`, since each file of the
  context that has a mark's name holds its line;
* what comes behind a `WORKDIR /{mark}` makes its mark inside of it: podman makes the folder in the layer that follows;
* a context file that has to have a mark's name is written by itself: `COPY {mark} /` works as it stands;
* `{ssh}`, `{root}`, `{socket}` and `{path}` are values that rules about the configuration find;
* `builders` says who can build it; `certain` the least share of its layers and values for which a line has to be told.
  It is 1 wherever the history leaves no choice, and lower only with the reason beside it;
* what is told has to be right, always: no case may allow a wrong line.

`python -m tests.provenance` builds everything and prints what is told: right, uncertain, wrong. The module
test_composed.py has what the engines here cannot build; what it says of them comes from BuildKit's sources.
"""

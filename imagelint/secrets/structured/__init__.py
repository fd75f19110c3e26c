"""Files with a grammar, read whole: what their programs would take for a password, whatever it looks like.

A reader takes a file's text and tells the spans of its secrets; confirm.py asks the filters. Each module has a family
of readers by path: `name`, `folder/name`, `*.suffix`, `folder/*` or `folder/*/name`. A reader that understands nothing
tells nothing, and the patterns and assignments are what is left.
"""

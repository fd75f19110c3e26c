"""imagelint: what is in this image that must not be there, which line put it there, and can a stranger still get it
out?"""

__version__ = "0.1.0"

"""One file a format, one interface."""

"""Dockerfiles: bytes into stages, instructions and commands, and those into subjects and findings."""

"""Tests of imagelint/registry."""

"""Bytes, knowing nothing of images or rules."""

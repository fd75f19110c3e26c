"""Finding secrets in text and bytes, and keeping them out of everything that is written."""

"""All images of a registry: which there are, what was found in them, and where it is put."""

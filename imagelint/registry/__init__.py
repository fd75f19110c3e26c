"""All images of a registry: which there are, what was found, and where it is put."""

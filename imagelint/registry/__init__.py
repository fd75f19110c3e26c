"""All images of a registry: which there are, what was found in each, and where the results are put."""

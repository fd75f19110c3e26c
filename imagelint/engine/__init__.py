"""Rules and their evaluation, knowing nothing of Dockerfiles, images or reports."""

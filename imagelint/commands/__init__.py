"""Commands that have a module of their own: the options of each, and what it does. Each gives its exit status."""

"""What keeps a finding quiet: inline ignores, the configuration, a baseline."""

"""Containers: how one is started, on a host, by a compose file or by a command, as facts for rules."""

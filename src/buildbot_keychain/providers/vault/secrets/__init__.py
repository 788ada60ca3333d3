"""Names of secrets, and where they are read."""

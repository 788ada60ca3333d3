"""Ways to log in, and the life of a token."""

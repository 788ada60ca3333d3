"""What the server made for a scope, and how it ends."""

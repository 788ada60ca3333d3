"""How a build gets a token of its own."""

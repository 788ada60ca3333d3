"""Finding every occurrence of every pattern in a text; see the page at the top of the package."""

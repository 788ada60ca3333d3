"""What stands in the output in place of secrets: labels, and how they are written."""

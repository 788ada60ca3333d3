"""Requests to the servers of one configuration."""

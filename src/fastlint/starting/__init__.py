"""A first configuration for a project: what is found, what is worth saying, and where it goes."""

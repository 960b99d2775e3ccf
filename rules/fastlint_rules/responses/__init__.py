"""FL4: what leaves the API."""

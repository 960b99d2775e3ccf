"""FL2: what FastAPI injects, and what it does not."""

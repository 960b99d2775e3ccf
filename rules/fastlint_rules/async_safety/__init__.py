"""FL1: what stops the event loop."""

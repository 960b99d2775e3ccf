"""One file to its facts: pure, small, serialisable."""

"""FL8: what tests and their clients do, and what they leave out."""

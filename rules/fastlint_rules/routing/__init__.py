"""FL5: which route answers, and what runs around it."""

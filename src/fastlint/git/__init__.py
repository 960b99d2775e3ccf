"""What git knows of a project: commits, what is staged, and the files of both, without a checkout."""

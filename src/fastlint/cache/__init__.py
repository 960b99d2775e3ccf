"""What a run leaves for the next one: the facts of files by their content, and what the whole run found.

The folder lies in the linted tree, which nobody has to trust: see `cache.store`.
"""

"""Each rule's claim, run on the real framework."""

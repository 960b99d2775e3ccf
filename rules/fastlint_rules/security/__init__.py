"""FL3: what an attacker can use."""

"""Which fields are secrets: text by their type, and a secret by their name."""

from __future__ import annotations

import re

from fastlint.api import Field

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
TEXT = frozenset(("builtins.str", "builtins.bytes", "typing.LiteralString", "pydantic.StrictStr"))
PASSWORDS = frozenset(("password", "passwd", "passphrase", "passcode", "hashedpassword", "passwordhash"))
HASHES = frozenset(("hash", "hashed", "digest", "salt", "encrypted", "plain", "plaintext", "cleartext"))
OWNED = frozenset(
    ("user", "account", "member", "customer", "login", "current", "old", "new", "confirm", "raw")
)
KEYS = frozenset(("secret", "private", "signing", "encryption", "master"))
SERVED = frozenset(("reset", "recovery", "backup"))
SHORT = frozenset(("pwd", "pw"))
"""Words for a password only beside one for a hash: a `pwd` by itself may be a directory."""
MASKED = frozenset(("masked", "redacted", "censored", "obfuscated", "hidden"))
ABOUT = frozenset(("has", "is", "needs", "must", "can", "use", "uses", "show", "hide", "forgot", "requires"))


def is_password(field: Field) -> bool:
    """The password of a user, or its hash."""
    return any(_names_password(_words(name)) for name in _names(field)) and _is_text(field)


def is_secret(field: Field) -> bool:
    """Another secret: the password of a service, a key, a seed, the token that resets a password."""
    return any(_names_secret(_words(name)) for name in _names(field)) and _is_text(field)


def _is_text(field: Field) -> bool:
    return any(part.name in TEXT for part in field.shape.parts())


def _names(field: Field) -> set[str]:
    return {field.name, field.sent_name}


def _words(name: str) -> list[str]:
    """The words of `passwordHash2`, lower; none for a name that says something about a secret."""
    words = [word.lower() for word in WORD.findall(name) if not word.isdigit()]
    if not MASKED.isdisjoint(words) or (words and words[0] in ABOUT):
        return []
    if not HASHES.isdisjoint(words):
        words = ["password" if word in SHORT else word for word in words]
    return words


def _names_password(words: list[str]) -> bool:
    """Nothing but words for a password, its hash and whose it is."""
    return _ends_in_password(words) and set(words) <= PASSWORDS | HASHES | OWNED


def _ends_in_password(words: list[str]) -> bool:
    return bool(words) and words[-1] in PASSWORDS | HASHES and not PASSWORDS.isdisjoint(words)


def _names_secret(words: list[str]) -> bool:
    if _ends_in_password(words):
        return True
    *before, last = words or [""]
    if last in ("secret", "secrets"):
        return True
    if last == "key":
        return not KEYS.isdisjoint(before)
    if last in ("token", "code", "codes"):
        return bool(before) and before[-1] in SERVED
    return last in HASHES and bool(before) and before[-1] in ("token", "key", "secret")

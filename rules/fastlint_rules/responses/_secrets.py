"""Which fields are secrets: text by their type, and a secret by their name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastlint.api import Field

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
TEXT = frozenset(("builtins.str", "builtins.bytes", "typing.LiteralString", "pydantic.StrictStr"))
PASSWORDS = frozenset(("password", "passwd", "passphrase", "passcode", "hashedpassword", "passwordhash"))
HASHES = frozenset(("hash", "hashed", "digest", "salt", "encrypted", "plain", "plaintext", "cleartext"))
OWNED = frozenset(("user", "account", "member", "customer", "login", "current", "old", "confirm", "raw"))
KEYS = frozenset(("secret", "private", "signing", "encryption", "master"))
SERVED = frozenset(("reset", "recovery", "backup"))
SHORT = frozenset(("pwd", "pw"))
"""Words for a password only beside one for a hash: a `pwd` by itself may be a directory."""
MASKED = frozenset(("masked", "redacted", "censored", "obfuscated", "hidden"))
ABOUT = frozenset(("has", "is", "needs", "must", "can", "use", "uses", "show", "hide", "forgot", "requires"))


MAKING = frozenset(("generate", "regenerate", "renew", "reset", "reveal", "roll", "rotate"))


def is_password(field: Field) -> bool:
    """The password of a user, or its hash."""
    return any(_names_password(_words(name)) for name in _names(field)) and _is_text(field)


def is_secret(field: Field) -> bool:
    """Another secret: the password of a service, a key, a seed, the token that resets a password."""
    return any(_names_secret(_words(name)) for name in _names(field)) and _is_text(field)


def is_public(field: Field, beside: Iterable[str]) -> bool:
    """Whether it is a `client_secret` that no `client_id` stands beside: the token by which a browser
    completes a payment (https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret).
    """
    is_token = all(_words(name)[-2:] == ["client", "secret"] for name in _names(field))
    return is_token and not any(_words(name)[-2:] == ["client", "id"] for name in beside)


def is_named_by(path: str, field: Field) -> bool:
    """Whether a path asks for a secret (`/hooks/{id}/secret`), or is only known to who has it
    (`/checkouts/{client_secret}`)."""
    segments = path.split("/")
    given = [each[1:-1].partition(":")[0] for each in segments if each.startswith("{")]
    fixed = [each for each in segments if each and not each.startswith("{")]
    own = [_words(name) for name in _names(field)]
    return any(_words(each) in own for each in given) or (bool(fixed) and _names_secret(_words(fixed[-1])))


def is_hash(field: Field) -> bool:
    return any(not HASHES.isdisjoint(_words(name)) for name in _names(field))


def makes(name: str) -> bool:
    """Whether a function or a path says that it makes something new: `rotate_secret`, `reset-password`."""
    return not MAKING.isdisjoint(word.lower() for word in WORD.findall(name))


def _is_text(field: Field) -> bool:
    return any(part.name in TEXT for part in field.shape.parts())


def _names(field: Field) -> set[str]:
    return {field.name, field.sent_name}


def _words(name: str) -> list[str]:
    """The words of `passwordHash2`, lower; none for a name that says something about a secret,
    or that it is new: that is for whoever is given it."""
    words = [word.lower() for word in WORD.findall(name) if not word.isdigit()]
    if not MASKED.isdisjoint(words) or (words and words[0] in ABOUT) or "new" in words:
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

"""Passwords: kept as argon2id hashes (RFC 9106), compared in the same time whether a user is there or not."""

from __future__ import annotations

import secrets
import unicodedata

from citybrain.errors import InputError
from citybrain.settings import Settings

LENGTH_MAX = 256  # characters: a longer one costs the server more than it gains the user
_RANDOM_CHARACTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another; 5 bits each
_RANDOM_LENGTH = 20


class Passwords:
    """Hashes and compares, with the costs of the settings (`password_memory_kib`, `password_passes`)."""

    def __init__(self, settings: Settings) -> None:
        from argon2 import PasswordHasher

        self._least = settings.password_length_min
        self._hasher = PasswordHasher(settings.password_passes, settings.password_memory_kib, parallelism=1)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hashed(self, password: str, name: str) -> str:
        """What is kept of a password. Raises InputError for one that is too short, too long or too near to the name."""
        if not self._least <= len(password) <= LENGTH_MAX:
            raise InputError(f"password: expected {self._least} to {LENGTH_MAX} characters")
        plain = unicodedata.normalize("NFKC", password).casefold()
        own = plain.replace(name, "").replace("city", "").replace("brain", "")
        if len(set(plain)) < 5 or len(own) < self._least:
            wanted = f"{self._least} characters beside the user's name and ours, five of them different"
            raise InputError(f"password: expected {wanted}")
        try:
            return self.rehashed(password)
        except UnicodeEncodeError:  # bytes of a terminal that are no letters
            raise InputError("password: expected plain text") from None

    def rehashed(self, password: str) -> str:
        """The hash at the costs of today, of a password that was good enough when it was set."""
        return str(self._hasher.hash(password))

    def same(self, password: str, kept: str | None) -> bool:
        """Whether it is this password; None = there is no such user, which takes as long to say."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            right = self._hasher.verify(kept or self._nobody, password[: LENGTH_MAX + 1])
        except (Argon2Error, InvalidHashError, UnicodeEncodeError):
            return False
        return bool(right) and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed at other costs than those of today."""
        return bool(self._hasher.check_needs_rehash(kept))


def random_password() -> str:
    """100 random bits, in groups of letters and digits that can be read aloud."""
    letters = "".join(secrets.choice(_RANDOM_CHARACTERS) for _ in range(_RANDOM_LENGTH))
    return "-".join(letters[i : i + 5] for i in range(0, _RANDOM_LENGTH, 5))

"""Takes out of free text what may name a person: plates, phone numbers, addresses of mail.

Better a word too many than one too few: "BUS 12" goes too. What no pattern knows stays, so the text of a report is
to be treated as personal data all the same.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARK", "redact"]

MARK = "[…]"
_MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_PHONE = re.compile(r"\+?\d(?:[ ()/.-]{0,2}\d){6,}")
_PLATE = re.compile(  # up to three groups of capitals and digits, behind one letter of another script
    r"(?:[^\W\d_a-zA-Z]?)(?<![A-Za-z0-9])[A-Z0-9]{1,10}(?:[-·. ][A-Z0-9]{1,6}){0,2}(?![A-Za-z0-9])"
)
_MIXED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{4,64}(?![A-Za-z0-9])")
_SHORTEST = 4  # letters and digits of a plate


def redact(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """The texts [n] with a mark in the place of each such part.

    >>> str(redact(np.array(["van AB-123-C, call 020 555 0199"], object))[0])
    'van […], call […]'
    """
    found = np.empty(texts.size, object)
    found[:] = [_redact(text) for text in texts.tolist()]
    return found


def _redact(text: str) -> str:
    text = _PHONE.sub(MARK, _MAIL.sub(MARK, text))
    return _MIXED.sub(_unless_a_word, _PLATE.sub(_unless_a_word, text))


def _unless_a_word(match: re.Match[str]) -> str:
    part = match.group()
    ascii_part = [letter for letter in part if letter.isascii() and letter.isalnum()]
    digits = sum(letter.isdigit() for letter in ascii_part)
    mixed = 0 < digits < len(ascii_part)
    return MARK if mixed and len(ascii_part) >= _SHORTEST else part

"""Personal numbers and addresses out of a text: e-mail, telephone, cards, accounts, identity numbers."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+%'-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_ACCOUNT = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.])[0-9](?:[ -]?[0-9]){12,18}(?!\w)")
_IDENTITY = re.compile(r"(?<![\w-])(?:[0-9]{3}-[0-9]{2}-[0-9]{4}|[XYZ]?[0-9]{7,8}-?[A-Z])(?![\w-])", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|00)?\(?[0-9](?:[ .()/-]{0,3}[0-9]){7,14}(?![\w/-]| ?[0-9])")
_DATE = re.compile(
    r"(?:[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4})(?: [0-9]{1,2})?\Z"
)
_CHECK_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FOREIGNER = str.maketrans("XYZ", "012")
_LEAST_PHONE_DIGITS = 9


def redact(text: str) -> str:
    """Return the text with `[e-mail]`, `[account]`, `[card]`, `[id]` and `[phone]` in place of such data."""
    if "@" in text or "＠" in text:
        text = _EMAIL.sub("[e-mail]", text)
    text = _ACCOUNT.sub(_account, text)
    text = _CARD.sub(_card, text)
    text = _IDENTITY.sub(_identity, text)
    return _PHONE.sub(_phone, text)


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


def _account(match: re.Match[str]) -> str:
    """Replace what passes the check of international account numbers (mod 97)."""
    plain = match[0].replace(" ", "").upper()
    number = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return "[account]" if int(number) % 97 == 1 else match[0]


def _card(match: re.Match[str]) -> str:
    """Replace what passes the check of card numbers (Luhn)."""
    digits = [int(digit) for digit in reversed(_digits(match[0]))]
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[1::2])
    return "[card]" if (sum(digits[::2]) + sum(doubled)) % 10 == 0 else match[0]


def _identity(match: re.Match[str]) -> str:
    """Replace what is written like a US social security number, or passes the check of a Spanish identity number."""
    number = match[0].upper()
    if number[-1].isdigit():
        return "[id]"
    value = int(_digits(number[:-1].translate(_FOREIGNER)))
    return "[id]" if _CHECK_LETTERS[value % 23] == number[-1] else match[0]


def _phone(match: re.Match[str]) -> str:
    found = match[0]
    if _DATE.match(found) or len(_digits(found)) < (_LEAST_PHONE_DIGITS - found.startswith("+")):
        return found
    return "[phone]"

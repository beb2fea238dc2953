"""Personal numbers and addresses out of a text: e-mail, telephone, cards, accounts, identity numbers.

What has check digits must pass them. A telephone number has none: it needs the shape of one (a country code, a leading
zero, groups as people write them) or a word such as "call" before it, and no currency or unit beside it.
"""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+%'-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_ACCOUNT = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.])[0-9](?:[ -]?[0-9]){12,18}(?!\w)")
_CARD_ISSUER = re.compile(
    r"(?:4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|35[0-9]{14}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12})\Z"
)
_IDENTITY = re.compile(
    r"(?<![\w-])(?:(?P<us>[0-9]{3}-[0-9]{2}-[0-9]{4})|(?P<es>[XYZ]?[0-9]{7,8}-?[A-Z])"
    r"|(?P<br>[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2})"
    r"|(?P<fr>[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})"
    r"|(?P<it>[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z])"
    r"|(?P<gb>[A-CEGHJ-PR-TW-Z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-D]))(?![\w-])",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.,/:$€£#-])(?:\+|00)?\(?[0-9](?:[ .()/-]{0,3}[0-9]){7,14}(?![\w/:]|[.,-][0-9]| ?[0-9])")
_PHONE_SHAPE = re.compile(
    r"(?:\+|00)[1-9][0-9 .()/-]{7,24}"  # with a country code
    r"|\(?0[0-9() ./-]{8,18}"  # with a trunk zero
    r"|(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[0-9]{3}[ .-][0-9]{4}"  # North America
    r"|[6-9][0-9]{2}(?:[ .-][0-9]{3}){2}|[6-9][0-9]{2}(?:[ .-][0-9]{2}){3}"  # Spain
    r"|\([1-9][0-9]\) ?9?[0-9]{4}-[0-9]{4}",  # Brazil
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|call|tel|tel[eé]fono|t[eé]l[eé]phone|telefono|telefone|telefon|mobile|m[oó]vil|whatsapp|sms|text me"
    r"|ll[aá]ma\w*|appel\w*|joindre|celular|cell|portable|ruf\w*|liga\w*|chiama\w*)\W{0,3}(?:\w+\W{1,3}){0,2}\Z",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(r"\s?(?:[€$£¥%]|(?:eur|euros?|usd|dollars?|dólares|gbp|pounds|km|kg|mio|million\w*)\b)", re.I)
_DATE = re.compile(
    r"(?:[0-9]{4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,2}|[0-9]{1,2}[-./ ][0-9]{1,2}[-./ ][0-9]{4})(?:[ -][0-9./-]+)?\Z"
)
_CHECK_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FOREIGNER = str.maketrans("XYZ", "012")
_LEAST_PHONE_DIGITS = 9
_READ_BEFORE = 30


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
    """Replace what begins as an issuer's cards do and passes their check (Luhn)."""
    number = _digits(match[0])
    digits = [int(digit) for digit in reversed(number)]
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[1::2])
    is_valid = (sum(digits[::2]) + sum(doubled)) % 10 == 0
    return "[card]" if is_valid and _CARD_ISSUER.match(number) else match[0]


def _identity(match: re.Match[str]) -> str:
    """Replace what passes the check of its country; the US, Italian and British ones are told by their form."""
    kind, number = match.lastgroup, match[0].upper()
    if kind == "es":
        value = int(_digits(number[:-1].translate(_FOREIGNER)))
        return "[id]" if _CHECK_LETTERS[value % 23] == number[-1] else match[0]
    if kind == "fr":
        digits = _digits(number)
        return "[id]" if 97 - int(digits[:13]) % 97 == int(digits[13:]) else match[0]
    if kind == "br":
        return "[id]" if _is_brazilian(_digits(number)) else match[0]
    return "[id]"


def _is_brazilian(digits: str) -> bool:
    """Tell whether both check digits of a CPF hold."""
    for length in (9, 10):
        total = sum(int(digit) * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True


def _phone(match: re.Match[str]) -> str:
    found, text = match[0], match.string
    is_short = len(_digits(found)) < _LEAST_PHONE_DIGITS - found.startswith("+")
    if is_short or _DATE.match(found) or _UNIT_AFTER.match(text, match.end()):
        return found
    before = text[max(0, match.start() - _READ_BEFORE) : match.start()]
    return "[phone]" if _PHONE_SHAPE.fullmatch(found) or _PHONE_WORD.search(before) else found

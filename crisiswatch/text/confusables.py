"""Letters that look like Latin ones: which they are, and how a Latin word is written with them."""

from __future__ import annotations

_CYRILLIC = (
    "аa вb сc ԁd еe ғf ԍg һh нh іi їi јj кk ќk ӏl мm пn оo рp ԛq гr ѕs тt цu ѵv ѡw ԝw хx уy ўy ёe ӓa ӧo ӱy ҝk ҡk ҫc "
    "ԃd ԗp әe ѳo ӡz зz ьb ғf ҙz йn ѝn"
)
_GREEK = "αa βb ςs εe ϝf ηn ιi κk λl μu νv οo πn ρp σo τt υu χx ωw γy ϲc ϳj ζz"
_ARMENIAN = "աw եt հh յj ոn սu օo ցg զq խju ք.f"
LOOK_ALIKES: dict[int, str] = {
    ord(pair[0]): pair[1:] for pair in f"{_CYRILLIC} {_GREEK} {_ARMENIAN}".split() if pair[1:].isalpha()
}
"""Letters of other scripts inside a Latin word, by the Latin letters that they are read as."""

_SMALL_CAPITALS = "ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꞯq ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
_STROKED = "øo đd łl ħh ŧt ıi ɑa ɡg ȷj ƀb ɨi ɵo ʉu ƶz ɩi ʋv ɾr ɐa ǝe əe ɹr ʇt ɥh ɯm ɔc ʌv ʍw ʎy ƒf ŋn ðd þth œoe æae ǃ!"
_QUOTES = "’' ‘' ‛' ʼ' ′' ʻ' ´' `' “\" ”\" „\" «\" »\" ‐- ‑- ‒- –- —- ―- −- ⁃- ﹘-"
_ARABIC = "آا أا إا ٱا ىي ةه یي کك ھه ەه"
_NEGATIVE_CIRCLES = {start + letter: chr(ord("a") + letter) for start in (0x1F150, 0x1F170) for letter in range(26)}
FANCY_LETTERS: dict[int, str] = {
    **{ord(pair[0]): pair[1:] for pair in f"{_SMALL_CAPITALS} {_STROKED} {_QUOTES} {_ARABIC}".split()},
    **_NEGATIVE_CIRCLES,
}
"""Characters that mean a plainer one wherever they stand, and that compatibility normalising leaves alone."""

_TO_CYRILLIC = str.maketrans("abcdehijklmopqstvwxy", "авсԁеніјкӏморԛѕтѵԝху")
_TO_GREEK = str.maketrans("aeiknoptuvxy", "αεικηορτυνχγ")
_SHORTEST_IMITATION = 4


def imitations(word: str) -> tuple[str, ...]:
    """Return a folded Latin word written wholly in another script that looks the same; none for short words."""
    if len(word) < _SHORTEST_IMITATION or not (word.isascii() and word.isalpha()):
        return ()
    written = (word.translate(table) for table in (_TO_CYRILLIC, _TO_GREEK))
    return tuple(other for other in written if not any(letter.isascii() for letter in other))

"""What the linear model reads: disguises fall off, and what only looks like one stays."""

import numpy as np
import pytest
from linear_model import read_as, shipped

from crisiswatch.text.linear.deciphering import decipher
from crisiswatch.text.linear.hashing import grow, hash_letters, hash_spans
from crisiswatch.text.linear.reading import read
from crisiswatch.text.linear.stretching import shorten
from crisiswatch.text.linear.tokens import split


def words(text):
    letters = read([text], shipped().reader.alphabet)
    return split(letters, hash_letters(letters.points))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hello WORLD", "hello world"),
        ("ｔｅｒｒｉｂｌｅ", "terrible"),
        ("𝐛𝐚𝐝", "bad"),
        ("te\u0301rrible né", "terrible ne"),
        ("ter\u200brible ba\u00add", "terrible bad"),
        ("tеrriblе", "terrible"),
        ("tеrriblе рор", "terrible pop"),
        ("h4te 5uck5 fak3 73rr1bl3 d1$4pp01nt3d", "hate sucks fake terrible disappointed"),
        ("this is b a d news", "this is bad news"),
        ("s*it and *bold*", "s*it and *bold*"),
        ("@bob see https://x.example/a?b=c NOW", "<p> see <l> now"),
        ("HTTP://X.EXAMPLE a", "<l> a"),
        ("h@te", "hate"),
        ("don't l'attesa 'quoted'", "don't l attesa quoted "),
        ("&lt;3 &amp; more", "<3 & more"),
        ("wowwww!!!!!", "woww!!"),
        ("two\nlines\tand   gaps", "two lines and gaps"),
        ("कितना ख़राब", "कितना खराब"),
        ("السّلام أحمد", "السلام احمد"),
        ("\ud800 bad \U000e0041", "bad "),
        ("👍🏽 ❤️", "👍 ❤"),
    ],
)
def test_a_disguise_is_read_as_what_it_means(written, read):
    assert read_as(written) == read


@pytest.mark.parametrize(
    "written", ["1st 4th 10am", "mp3 b2b", "iphone5 covid19", "2015 300", "это плохо", "πολυ κακο", "a b joke", "5 0"]
)
def test_what_only_looks_like_a_disguise_stays(written):
    assert read_as(written) == written


def test_a_stretched_word_is_shortened_where_that_makes_a_known_word():
    reader = shipped().reader
    letters = shorten(read(["this is saaaad", "so gooood", "commiiiittee"], reader.alphabet), reader.familiar)

    assert "".join(map(chr, letters.points)) == "\nthis is sad\nso good\ncommittee\n"


def deciphered(text):
    reader = shipped().reader
    letters = decipher(read([text, "beside"], reader.alphabet), reader.alphabet, reader.familiar)
    return "".join(map(chr, letters.points)).split("\n")[1]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("i h473 17 n0", "i hate 17 no"),
        ("l057, 54d & m155", "lost, sad & miss"),
        ("57uck 4774ck5 50rry", "stuck attacks sorry"),
        ("n07 g00d", "not good"),
    ],
)
def test_digits_are_letters_where_that_makes_a_known_word(written, read):
    assert deciphered(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "1st 4th 10am 5pm",
        "mp3 ps4 b2b",
        "iphone5 type5 covid19",
        "2015 300 50",
        "a350 x100",
        "10k 5gb",
        "455",
        "यह 50 है",
    ],
)
def test_numbers_stay_numbers(written):
    assert deciphered(written) == written


def test_what_is_deciphered_does_not_depend_on_the_texts_beside_it():
    texts = ["54d", "", "5", "h473", "2015", "\u200b", "a5a", "l057"]
    alone = [deciphered(text) for text in texts]
    reader = shipped().reader
    letters = decipher(read(texts, reader.alphabet), reader.alphabet, reader.familiar)

    assert "".join(map(chr, letters.points)).split("\n")[1:-1] == alone


def test_a_word_hashes_alike_wherever_it_stands():
    alone, beside = words("dreadful"), words("what a dreadful day, dreadful!")

    assert list(beside.hashes).count(alone.hashes[0]) == 2
    assert len(set(beside.hashes.tolist())) == 6


def test_growing_letter_by_letter_hashes_as_a_whole_stretch_does():
    letters = hash_letters(np.arange(50, 57, dtype=np.uint32))

    whole = hash_spans(letters, np.array([0, 2, 5]))
    grown = grow(letters, grow(letters, letters))

    assert whole[1] == grown[2]


def test_tokens_are_words_runs_of_one_mark_and_single_emoji():
    tokens = words("Wait... WHAT?! 😡😡 #fail")

    assert [chr(point) for point in tokens.first] == ["w", ".", "w", "?", "!", "😡", "😡", "#", "f"]
    assert tokens.capital.tolist() == [False, False, True, *[False] * 6]


def test_no_text_changes_what_is_read_of_its_neighbours():
    texts = ["bad", "", "fine", "tеrriblе", "рор"]
    letters = read(texts, shipped().reader.alphabet)

    assert "".join(map(chr, letters.points)) == "\nbad\n\nfine\nterrible\nрор\n"
    assert letters.starts.tolist() == [0, 4, 5, 10, 19, 23]


def test_only_the_beginning_of_a_long_text_is_read():
    assert len(read_as("ab " * 2_000)) == 1_000
    assert len(read_as("\ufdfa" * 900)) <= 1_000


def test_a_control_character_is_left_out_whatever_else_is_in_the_batch():
    assert read_as("so\x1b bad") == "so bad"
    assert read_as("so\x1b bad é") == "so bad e"

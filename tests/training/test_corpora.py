"""What is read of labelled files, and how it takes part."""

from crisiswatch.text.linear.weights import ENGLISH, LANGUAGES, OTHERS
from training.corpora import LABELS, POSTS, SHARES, Corpus, read_corpora, read_corpus, share_of


def corpus(name):
    return Corpus(name, "en", (), ())


def test_a_file_is_read_with_its_language_and_blotted_names_as_handles(tmp_path):
    path = tmp_path / "posts_br.tsv"
    path.write_text("negative\t[NAME] é ruim\nno label here\npositive\ttab\tinside\n", "utf-8")

    (found, *_) = read_corpora(tmp_path)

    assert found == Corpus("posts_br", "pt", ("@user é ruim", "tab\tinside"), (0, 2))


def test_own_posts_are_always_among_the_corpora(tmp_path):
    assert {corpus.language for corpus in read_corpora(tmp_path)} >= {"fr", "it", "es", "pt", "hi", "ar", "en", "de"}


def test_the_first_share_that_fits_holds():
    assert share_of(corpus("semeval_2013_en"), ENGLISH) is SHARES[0]
    assert share_of(corpus("xed_en"), ENGLISH) is None
    assert share_of(corpus("posts_hi"), OTHERS) is not None


def test_own_posts_are_many_and_every_label_has_its_part():
    for path in POSTS.glob("*.tsv"):
        found = read_corpus(path, path.stem, path.stem)

        assert len(found.texts) >= (150 if path.stem == "ar" else 500)
        assert len(set(found.texts)) > 0.99 * len(found.texts)
        assert all(found.labels.count(label) >= len(found.texts) // 4 for label in range(len(LABELS)))


def test_posts_in_hindi_are_in_devanagari():
    found = read_corpus(POSTS / "hi.tsv", "hi", "hi")

    assert all(any("\u0900" <= letter <= "\u097f" for letter in text) for text in found.texts)
    assert "hi" in LANGUAGES


def test_posts_in_hindi_in_latin_letters_teach_hindi(tmp_path):
    (found,) = (corpus for corpus in read_corpora(tmp_path) if corpus.name == "posts_hi_latin")

    assert found.language == "hi"
    assert all(text.isascii() for text in found.texts if not any(ord(letter) > 0x1F000 for letter in text))

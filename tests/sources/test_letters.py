from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.core.models import Mention
from crisiswatch.sources.web.links import behind_google, identity
from crisiswatch.sources.web.mail.alerts import GOOGLE_SENDER, is_from, parse_mail
from crisiswatch.sources.web.mail.letters import Letter, as_text, decoded, parse_letter, read_date, without_quotes

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mail"
ALERT = (FIXTURES / "google_alert.eml").read_bytes()
RESULT = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://news.example/"


def raw(*headers: str, body: str = "text", charset: str = "utf-8") -> bytes:
    return ("\r\n".join(headers) + "\r\n\r\n").encode() + body.encode(charset)


def mail(body: bytes, *, authserv: str = "", senders: tuple[str, ...] = ()) -> tuple[Mention, ...]:
    return parse_mail(body, "email", authserv, list(senders))


def alert(markup: str) -> bytes:
    return raw(f"From: {GOOGLE_SENDER}", "Content-Type: text/html; charset=UTF-8", body=markup)


def test_an_alert_becomes_one_mention_a_page():
    (mention,) = mail(ALERT)

    assert (mention.kind, mention.title) == ("article", "Norvik recalls K2")
    assert mention.permalink == mention.external_id == "https://news.example/norvik-recall"
    assert mention.published_at == datetime(2026, 11, 18, 9, 2, 25, tzinfo=UTC)


def test_an_alert_with_a_plain_part_alone_is_read_too():
    plain = ALERT.split(b"--b1")[1].partition(b"\n\n")[2]

    (mention,) = mail(raw(f"From: Google Alerts <{GOOGLE_SENDER}>", body=plain.decode()))

    assert (mention.title, mention.text) == ("Norvik recalls K2", "Norvik recalls K2\nNews Example")
    assert mention.permalink == "https://news.example/norvik-recall"


def test_an_alert_lists_each_page_once_with_its_snippet():
    markup = (
        f'<a href="{RESULT}a&amp;ct=ga"><b>Norvik</b> recalls</a><div>News Example</div><div>melted &amp; burnt</div>'
        f'<a href="https://www.google.com/alerts/share?x">Share</a>'
        f'<a href="{RESULT}a&amp;ct=ga">x</a><a href="{RESULT}b%3Futm_source%3Dx&amp;ct=ga">Second</a>'
    )

    first, second = mail(alert(markup))

    assert (first.title, first.text) == ("Norvik recalls", "Norvik recalls\nNews Example\nmelted & burnt")
    assert second.permalink == "https://news.example/b"


def test_an_alert_that_lists_nothing_is_a_letter():
    (mention,) = mail(alert("<p>Your alert was created</p>"))

    assert (mention.kind, mention.text) == ("email", "Your alert was created")


def test_with_an_authserv_a_forged_alert_is_an_ordinary_letter():
    forged = b"Authentication-Results: mx.example.org; dkim=fail header.d=google.com\r\n" + ALERT
    signed = b"Authentication-Results: mx.example.org; dkim=pass (2048-bit) header.d=google.com; spf=pass\r\n" + ALERT
    below = (
        b"Authentication-Results: mx.example.org; dkim=none\r\n"
        b"Authentication-Results: mx.example.org; dkim=pass header.d=google.com\r\n" + ALERT
    )
    foreign = b"Authentication-Results: evil.example; dkim=pass header.d=google.com\r\n" + ALERT

    kinds = [mail(one, authserv="MX.example.org")[0].kind for one in (signed, forged, below, foreign, ALERT)]

    assert kinds == ["article", "email", "email", "email", "email"]


def test_only_the_senders_named_count_and_their_signature_is_asked_for():
    review = raw("From: Reviews <noreply@mail.reviews.example>", "Message-ID: <1@x>", body="one star")
    signed = b"Authentication-Results: mx; dkim=pass header.d=reviews.example\r\n" + review

    assert mail(review, senders=("reviews.example",))[0].text == "one star"
    assert mail(review, senders=("other.example",)) == ()
    assert mail(review, senders=("reviews.example",), authserv="mx") == ()
    assert len(mail(signed, senders=("reviews.example",), authserv="mx")) == 1


def test_a_domain_is_not_one_that_ends_like_it():
    assert is_from("a@notreviews.example", ["reviews.example"]) is False
    assert is_from("a@mail.reviews.example", ["@reviews.example"]) is True
    assert is_from("a@x.example", ["A@X.example"]) is True
    assert is_from("", ["x.example"]) is False


def test_a_letter_says_who_wrote_what_and_when():
    letter = parse_letter(
        raw(
            "From: =?utf-8?q?J=C3=B6rg?= <Joerg@Example.ORG>", "Subject: =?iso-8859-1?q?gr=F6=DFte?= Gefahr",
            "Message-ID: <7@example.org>", "In-Reply-To: <6@example.org>", "References: <5@x> <6@example.org>",
            "Date: Wed, 18 Nov 2026 10:02:25 +0100", "Content-Language: de",
            body="schmilzt\n> zitiert\n-- \nJörg\nTelefon",
        )
    )  # fmt: skip

    assert (letter.name, letter.address, letter.subject) == ("Jörg", "joerg@example.org", "größte Gefahr")
    assert (letter.id, letter.parent, letter.language) == ("7@example.org", "6@example.org", "de")
    assert letter.text == "schmilzt"
    assert letter.sent_at == datetime(2026, 11, 18, 9, 2, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [("koi8-r", "чайник", "чайник"), ("shift_jis", "やかん", "やかん"), ("no-such", "größte", "größte"),
     ("rot13", "abc", "abc"), ("windows-1252", "“hot”", "“hot”"), ("utf-7", "a+AOk-", "aé")],
)  # fmt: skip
def test_charsets_are_read_as_declared_or_as_well_as_can_be(charset, body, text):
    codec = "utf-8" if charset in ("no-such", "rot13", "utf-7") else charset

    letter = parse_letter(raw(f"Content-Type: text/plain; charset={charset}", body=body, charset=codec))

    assert letter.text == text


def test_bytes_of_another_charset_than_claimed_are_no_error():
    assert as_text(b"gr\xf6\xdfte", None) == "größte"
    assert as_text("größte".encode(), "us-ascii") == "größte"
    assert as_text(b"\x81\x40\xff", "shift_jis") == "\u3000\ufffd"


def test_attachments_are_not_looked_at_and_html_becomes_text():
    body = (
        "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nsecret\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<style>x</style><p>seen</p><img src='http://spy.example/1'>\r\n--b--"
    )

    letter = parse_letter(raw("Content-Type: multipart/mixed; boundary=b", body=body))

    assert letter.text == "seen"


def test_a_letter_without_an_id_gets_one_that_stays_the_same():
    one, again = (parse_letter(raw("From: a@x.example", "Subject: s", body="first")) for _ in range(2))
    other = parse_letter(raw("From: a@x.example", "Subject: s", body="second"))

    assert one.id == again.id != other.id
    assert one.id.startswith("sha256:")


def test_a_letter_that_only_quotes_keeps_its_text():
    assert without_quotes("> all of it\n> is quoted") == "> all of it\n> is quoted"


@pytest.mark.parametrize("value", ["", "yesterday", "Wed, 18 Nov 1066 09:00:00 +0000", "Wed, 99 Nov 2026 99:00:00"])
def test_a_date_that_nobody_can_have_meant_is_unknown(value):
    assert read_date(value) is None


def test_broken_encoded_words_are_shown_as_they_are():
    assert decoded("=?utf-8?b?abc?= x") != ""
    assert decoded("=?x-none?q?caf=C3=A9?=") == "café"


@pytest.mark.parametrize(
    "link",
    ["https://google.com.evil.example/url?url=https://a.example", "https://www.google.com/other?url=https://a.example",
     "https://www.google.com/url?url=javascript:1", "https://[broken", "https://www.google.com/url"],
)  # fmt: skip
def test_only_googles_own_redirect_is_looked_behind(link):
    assert behind_google(link) is None


def test_an_over_long_link_makes_a_short_id():
    assert len(identity("https://a.example/" + "x" * 2_000)) < 100


_words = st.sampled_from(
    ["From:", "Subject:", "Date:", "Message-ID:", "<a@b>", "=?utf-8?b?", "?=", "multipart/mixed; boundary=b", "--b",
     "Content-Type:", "Content-Transfer-Encoding:", "base64", "\r\n", "\r\n\r\n", "=", "é", "\0", "message/rfc822", " ",
     "text/html; charset=", "utf-16", "quoted-printable", ";", '"', "(", "Authentication-Results:", "dkim=pass"]
)  # fmt: skip


@given(st.lists(_words, max_size=30).map("".join).map(str.encode) | st.binary(max_size=200))
def test_any_bytes_are_a_letter(body):
    assert isinstance(parse_letter(body, "mx"), Letter)


@given(st.text(alphabet="<a href=\"https://www.google.com/url?url='>", max_size=200))
def test_any_markup_of_an_alert_is_read(markup):
    assert isinstance(mail(alert(markup)), tuple)

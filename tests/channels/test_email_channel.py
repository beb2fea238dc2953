from __future__ import annotations

import email
from datetime import timedelta
from email import policy

import pytest
from builders_channels import LINKS, NOW, PNG, message, plain, tools
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.channels.email import EmailOptions
from crisiswatch.channels.email.composing import compose, message_id, subject
from crisiswatch.channels.email.options import Server, parse_server
from crisiswatch.channels.email.sending import classify
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Outcome

OPTIONS = EmailOptions.model_validate({"to": ["a@example.org", "b@example.org"], "smtp": "smtp://127.0.0.1:25"})
HOSTILE = (
    st.text(st.sampled_from('\r\n\0\x0b\x0c\x1c\x85\u2028\u2029\u202e\ud800 :Bc=?éa<>"@,;'), max_size=200) | st.text()
)


def parsed(**changes):
    return email.message_from_bytes(compose(message(**changes), OPTIONS, tools()).as_bytes(), policy=policy.default)


def test_the_mail_offers_text_or_html_with_the_chart_inside():
    mail = parsed()

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]


def test_every_cid_in_the_html_is_a_part_of_the_mail():
    picture = next(part for part in parsed().walk() if part.get_content_type() == "image/png")

    assert "cid:" + picture["Content-ID"].strip("<>") in parsed().get_body(("html",)).get_content()
    assert picture.get_content() == PNG
    assert picture.get_content_disposition() == "inline"


def test_without_a_picture_the_mail_is_two_texts():
    types = [part.get_content_type() for part in parsed(picture=None).walk()]

    assert types == ["multipart/alternative", "text/plain", "text/html"]


def test_the_text_part_keeps_every_link():
    text = parsed().get_body(("plain",)).get_content()

    assert all(link in text for link in LINKS)


def test_the_first_mail_starts_the_thread_and_later_ones_answer_it():
    first, later = parsed(), parsed(number=3, kind="updated", headline="Acme: now 15 times")

    assert first["Message-ID"] == "<INC-2031.1.pr-team@cw.example.org>"
    assert first["In-Reply-To"] is None
    assert later["Message-ID"] == "<INC-2031.3.pr-team@cw.example.org>"
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
    assert later["Subject"] == f"Re: {first['Subject']}"


def test_a_raise_has_a_new_subject_in_the_same_thread():
    raised = parsed(number=2, kind="raised", headline="Acme: critical now")

    assert raised["Subject"] == "Acme: critical now (INC-2031)"
    assert raised["References"] == "<INC-2031.1.pr-team@cw.example.org>"


def test_the_headers_keep_robots_quiet_and_say_what_it_is():
    mail = parsed()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "bulk"
    assert mail["List-Id"].startswith("<Acme.crisiswatch.")
    assert mail["X-Crisiswatch-State"] == "opened"
    assert mail["Content-Language"] == "en"
    assert mail["X-Crisiswatch-Key"] == message().key
    assert mail["Date"].datetime == NOW
    assert mail["To"] == "a@example.org, b@example.org"


@pytest.mark.parametrize(("severity", "importance"), [(Severity.CRITICAL, "high"), (Severity.WARNING, None)])
def test_only_critical_is_important(severity, importance):
    assert parsed(severity=severity)["Importance"] == importance


def test_the_address_of_fifty_people_is_not_cut():
    to = [f"{'a' * 60}{number}@{'b' * 60}.example.org" for number in range(50)]
    options = EmailOptions.model_validate({"to": to, "smtp": "smtp://127.0.0.1"})

    mail = email.message_from_bytes(compose(message(), options, tools()).as_bytes(), policy=policy.default)

    assert [str(address.addr_spec) for address in mail["To"].addresses] == to


@given(HOSTILE, HOSTILE)
def test_no_text_adds_a_header_or_a_recipient(text, brand):
    mail = parsed(
        headline=text,
        thread_subject=text,
        state=text,
        brand=brand,
        incident="INC-1",
        receiver=text,
        language="es",
        kind="raised",
    )

    assert mail.keys().count("Message-ID") == mail.keys().count("Subject") == mail.keys().count("To") == 1
    assert mail["Bcc"] is None
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail.get_content_type() == "multipart/alternative"
    assert not set(mail["Subject"]) & set("\r\n\0\u2028\u2029\u202e")


def test_a_crlf_in_a_title_stays_in_the_subject():
    mail = parsed(thread_subject="hello\r\nBcc: everybody@evil.example\r\n\r\n<script>")

    assert mail["Subject"] == "hello Bcc: everybody@evil.example <script>"
    assert mail["Bcc"] is None


@given(HOSTILE)
def test_any_text_body_can_be_sent(text):
    mail = compose(message(), OPTIONS, tools(plain=lambda _: text, email_html=lambda _: text)).as_bytes()

    assert max(len(line) for line in mail.split(b"\r\n")) <= 998
    assert mail.isascii()


@given(HOSTILE)
def test_a_subject_is_one_short_line(text):
    line = subject(message(thread_subject=text, number=2, kind="updated"))

    assert len(line) <= 124
    assert "\n" not in line
    assert "\r" not in line


def test_names_that_differ_have_ids_that_differ():
    ids = {message_id(message(receiver=name), 1, "h") for name in ("pr team", "pr-team", "pr@team", "ñ", "ñ ", "é")}

    assert len(ids) == 6
    assert all(id.isascii() and " " not in id for id in ids)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 25, "none")),
        ("smtp://mail.example?starttls", Server("mail.example", 587, "starttls")),
        ("smtps://u:p%40ss@mail.example", Server("mail.example", 465, "implicit", "u", "p@ss")),
        ("smtp://u:p@mail.example:2525?starttls", Server("mail.example", 2525, "starttls", "u", "p")),
        ("smtp://u:p@127.0.0.1:25", Server("127.0.0.1", 25, "none", "u", "p")),
        ("smtp://u:p@mailpit:25?starttls=never", Server("mailpit", 25, "none", "u", "p")),
    ],
)
def test_an_smtp_address_is_read(url, server):
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://u:hunter2@mail.example",
        "smtp://u:hunter2@",
        "smtp://u:hunter2@mail.example",
        "smtp://u:hunter2@mail.example:99999",
        "smtp://u:hunter2@mail.example?tls",
        "smtp://u:hunter2@[mail.example",
        "smtps://u:hunter2@mail.example\r\nX",
        f"smtps://u:hunter2@{'a' * 80}.example",
    ],
)
def test_a_wrong_smtp_address_is_refused_without_showing_it(url):
    with pytest.raises(ValueError, match="validation error") as caught:
        EmailOptions.model_validate({"to": ["a@example.org"], "smtp": url})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("to", [[], ["nobody"], ["a@b\r\nc@d"], ["a b@example.org"], ["a@example.org,b@example.org"]])
def test_only_plain_addresses_are_written_to(to):
    with pytest.raises(ValueError, match="validation error"):
        EmailOptions.model_validate({"to": to, "smtp": "smtp://127.0.0.1"})


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(421, Outcome.REFUSED), (450, Outcome.REFUSED), (550, Outcome.REJECTED), (-1, Outcome.UNKNOWN)],
)
def test_4xx_may_pass_and_5xx_stays(code, outcome):
    attempt = classify(code, "x" * 500, Outcome.UNKNOWN)

    assert attempt.outcome is outcome
    assert len(attempt.detail) <= 200


def test_sender_and_reply_address_come_from_the_options():
    options = EmailOptions.model_validate(
        {
            "to": ["a@example.org"],
            "smtp": "smtp://127.0.0.1",
            "from": "alerts@example.org",
            "reply_to": "pr@example.org",
        }
    )

    mail = compose(message(sent_at=NOW + timedelta(hours=1)), options, tools())

    assert (mail["From"], mail["Reply-To"]) == ("alerts@example.org", "pr@example.org")


def test_the_test_renderer_is_the_text_part():
    assert parsed().get_body(("plain",)).get_content().splitlines() == plain(message()).splitlines()

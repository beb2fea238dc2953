"""What is kept as an example names nobody and holds no secret."""

from __future__ import annotations

import json

from crisiswatch.text.anonymising import anonymise, private_words


def test_an_author_is_the_same_person_wherever_it_stands() -> None:
    private = private_words(["https://m.example/@ann_lee", "Ann Lee"], [])

    text = anonymise("Ann Lee (https://m.example/@ann_lee) wrote; ann_lee again", private)

    assert "ann_lee" not in text and "Ann Lee" not in text
    assert text.count("person-1") == 2


def test_json_stays_json_and_loses_persons_by_their_keys() -> None:
    answer = {
        "user": {"name": "Bo", "id": 7},
        "text": "call bo@corp.example, says @carol",
        "access_token": "abc",
        "n": 3,
    }

    told = json.loads(anonymise(json.dumps(answer), {}))

    assert told == {
        "user": {"name": "person", "id": 7}, "text": "call [e-mail], says @person", "access_token": "SECRET", "n": 3,
    }  # fmt: skip


def test_a_secret_is_found_in_an_address_as_it_is_written_there() -> None:
    private = private_words([], ["s3cr/et key"])

    assert anonymise("GET https://api.example/?key=s3cr%2Fet%20key&q=acme", private) == (
        "GET https://api.example/?key=SECRET&q=acme"
    )


def test_short_names_do_not_tear_words_apart() -> None:
    assert anonymise("information from Al about normal days", private_words(["Al", "mal"], [])) == (
        "information from Al about normal days"
    )

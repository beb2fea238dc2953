"""The playbooks that come with the package are whole, in every language, and invent nothing."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.core.playbooks import Playbook, choose
from crisiswatch.errors import ConfigError
from crisiswatch.rendering.message import MOST_STEPS
from crisiswatch.text.incident_types import TYPES

LANGUAGES = {"en", "es", "fr"}
DEPARTMENTS = {"Product", "Engineering", "Safety", "Security", "Support", "Communications", "Marketing"}
SPECIFIC = {"product_defect", "outage", "safety", "data_breach", "service_pile_on", "misinformation", "positive_viral"}
PLACEHOLDER = re.compile(r"\[[^\[\]]+\]")
PROMISES = {"en": "next update", "es": "próxima actualización", "fr": "prochaine information"}
CAUSES = re.compile(r"\b(because|caused|due to|fault of|porque|causad\w+|debido a|parce|caus\w+|dû)\b", re.IGNORECASE)

BOOKS = {book.name: book for book in load_playbooks(playbooks_folder())}


@pytest.fixture(params=sorted(BOOKS))
def book(request: pytest.FixtureRequest) -> Playbook:
    return BOOKS[request.param]


def test_the_expected_playbooks_are_there() -> None:
    assert set(BOOKS) == SPECIFIC | {"general"}


def test_a_playbook_speaks_every_language(book: Playbook) -> None:
    for texts in (book.title, book.steps, book.holding_statement):
        assert set(texts) == LANGUAGES
        assert all(texts.values())


def test_a_playbook_has_exactly_the_steps_that_a_message_shows(book: Playbook) -> None:
    assert {len(steps) for steps in book.steps.values()} == {MOST_STEPS}


def test_steps_are_short_sentences(book: Playbook) -> None:
    steps = [step for steps in book.steps.values() for step in steps]

    assert all(step[0].isupper() and step.endswith(".") and len(step) <= 140 for step in steps)


def test_languages_do_not_share_texts(book: Playbook) -> None:
    for texts in (book.steps, book.holding_statement):
        assert len(set(texts.values())) == len(LANGUAGES)


def test_a_playbook_names_a_department_and_a_deadline_within_a_day(book: Playbook) -> None:
    assert book.owner in DEPARTMENTS
    assert timedelta(0) < book.deadline <= timedelta(days=1)
    assert book.when


def test_holding_statements_leave_the_same_facts_open_in_every_language(book: Playbook) -> None:
    open_facts = {language: len(PLACEHOLDER.findall(text)) for language, text in book.holding_statement.items()}

    assert min(open_facts.values()) >= 2
    assert len(set(open_facts.values())) == 1


def test_holding_statements_give_no_number_and_no_cause(book: Playbook) -> None:
    for text in book.holding_statement.values():
        said = PLACEHOLDER.sub("", text)

        assert not re.search(r"\d", said)
        assert not CAUSES.search(said)
        assert "[" not in said


def test_holding_statements_promise_a_next_update_where_something_is_wrong(book: Playbook) -> None:
    promises = [PROMISES[language] in text for language, text in book.holding_statement.items()]

    assert promises == [book.pages] * len(LANGUAGES)


def test_safety_tells_people_first_how_to_protect_themselves_and_is_among_the_fastest() -> None:
    safety = BOOKS["safety"]

    assert safety.title["en"] == "Product safety"
    assert "unplug" in safety.steps["en"][1]
    assert safety.deadline == min(book.deadline for book in BOOKS.values())


def test_only_praise_wakes_nobody() -> None:
    assert [book.name for book in BOOKS.values() if not book.pages] == ["positive_viral"]


def test_no_two_playbooks_claim_the_same_incident_type() -> None:
    claimed = [type_ for book in BOOKS.values() for type_ in book.incident_types]

    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= set(TYPES)


@pytest.mark.parametrize("incident_type", sorted(SPECIFIC))
def test_a_type_with_its_own_playbook_gets_it(incident_type: str) -> None:
    chosen, reason = choose(tuple(BOOKS.values()), incident_type, "matched on “smoke”")

    assert chosen is BOOKS[incident_type]
    assert reason == "matched on “smoke”"


@pytest.mark.parametrize("incident_type", ["unclear", "labour_dispute", "legal", "boycott"])
def test_what_no_playbook_names_gets_the_general_one(incident_type: str) -> None:
    chosen, _ = choose(tuple(BOOKS.values()), incident_type, "matched on “strike”")

    assert chosen is BOOKS["general"]


def test_an_operators_playbook_replaces_the_packaged_one_of_its_name(tmp_path: Path) -> None:
    own = (playbooks_folder() / "outage.yml").read_text("utf-8").replace("owner: Engineering", "owner: Night shift")
    (tmp_path / "outage.yml").write_text(own, "utf-8")

    books = {book.name: book for book in load_playbooks(playbooks_folder(), tmp_path)}

    assert books["outage"].owner == "Night shift"
    assert set(books) == set(BOOKS)


def test_a_playbook_with_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(
        "title: {en: Own}\nowner: Us\nwhen: x\nsteps: {en: [Go.]}\ndeadline: 1h\nstep: 1\n"
    )

    with pytest.raises(ConfigError) as refused:
        load_playbooks(tmp_path)

    assert [problem.where for problem in refused.value.problems] == ["step"]

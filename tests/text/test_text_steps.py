"""The bundle that the application hands to the core."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crisiswatch.app.data import negativity_weights
from crisiswatch.core.steps import Behaviour
from crisiswatch.text import steps, tools
from crisiswatch.text.queries import QueryError

HEAVY = ("py3langid", "ahocorasick", "numpy")
texts = st.lists(st.text(st.characters()), max_size=4)


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, crisiswatch.text; print([name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_steps_answer_for_a_batch():
    stage = steps({"acme": ["acme"]}, negativity_weights())
    batch = ["Acme is terrible, my battery exploded again", "hello world, how are you all today?"]

    assert stage.queries.match(batch) == [frozenset({"acme"}), frozenset()]
    assert stage.language(batch) == ["en", "en"]
    assert [len(sketch) for sketch in stage.sketch(batch)] == [5, 5]
    assert stage.negativity.model == "linear-3"


def test_steps_refuse_a_wrong_query():
    with pytest.raises(QueryError):
        steps({"acme": ["(acme"]}, negativity_weights())


def test_tools_leave_the_brand_out_of_its_drivers():
    explain = tools(["Acme Corp"])
    told = explain.drivers(["acme battery smoke"] * 8, ["acme parade"] * 30)

    assert told == ["battery smoke"]


@given(texts)
@hypothesis_settings(max_examples=60)
def test_every_step_is_total(batch):
    stage, explain = steps({"acme": ["acme"]}, negativity_weights()), tools(["acme"])
    languages = stage.language(batch)

    assert len(languages) == len(stage.sketch(batch)) == len(stage.negativity.score(batch, languages)) == len(batch)
    assert all(score is None or 0 < score < 1 for score in stage.negativity.score(batch, languages))
    assert len(explain.drivers(batch, batch)) <= 5
    assert explain.incident_type(batch, languages, Behaviour()).type

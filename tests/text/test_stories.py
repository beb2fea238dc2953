"""Sketches: the same story however it is passed on, another story when it is one."""

import subprocess
import sys

import pytest

from crisiswatch.text.stories import is_same, sketch

POST = "the battery of my new acme phone caught fire on the train this morning and nobody helped"


@pytest.mark.parametrize(
    "copy",
    [
        f"RT @someone: {POST}",
        f"{POST} https://t.example/abc",
        f"@friend @other {POST.upper()}!!!",
        POST.replace("morning", "evening"),
        "OMG " + POST,
        POST + " #acme",
        POST.replace("battery", "bаttery").replace(" ", "  "),
        f"“{POST}” via @paper",
    ],
)
def test_a_copy_is_the_same_story(copy):
    first, second = sketch([POST, copy])

    assert is_same(first, second)


@pytest.mark.parametrize(
    "other", ["the queue at the acme shop was long this morning", "I love my new acme phone", "fire", ""]
)
def test_another_post_is_another_story(other):
    first, second = sketch([POST, other])

    assert not is_same(first, second)


def test_short_texts_are_the_same_only_when_all_agrees():
    down, is_down, again = sketch(["acme down", "acme is down", "ACME DOWN!"])

    assert is_same(down, again)
    assert not is_same(down, is_down)


def test_texts_without_words_are_nobodys_copy():
    assert sketch(["", "!!!", "https://x.example", "@a @b"]) == [()] * 4
    assert not is_same((), ())


def test_a_script_without_spaces_has_sketches_too():
    first, second, other = sketch(
        ["我的新手机电池今天早上着火了", "我的新手机电池今天早上着火了！", "今天天气很好我们去公园散步吧"]
    )

    assert is_same(first, second)
    assert not is_same(first, other)


def test_a_sketch_is_short_ascending_and_the_same_in_every_process():
    code = f"from crisiswatch.text.stories import sketch; print(sketch([{POST!r}])[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (found,) = sketch([POST])

    assert len(found) == 5
    assert list(found) == sorted(found)
    assert done.stdout.strip() == str(found)

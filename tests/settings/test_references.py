"""References to variables and files are replaced, or named as what is missing."""

from pathlib import Path

import pytest
from config_writing import SMALLEST, codes, loaded, write
from fake_catalogues import CATALOGUES

from crisiswatch.settings import Absent, check, load

HOOK = "sources: [{{name: hook, type: webhook, {}}}]\n"


def secret(folder: Path, said: str, environ: dict[str, str]) -> str:
    settings = loaded(folder, SMALLEST + HOOK.format(said), environ)
    value: str = settings.sources[0].options.model_dump()["secret"].get_secret_value()
    return value


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('secret: "${A}"', "one"),
        ('secret: "${A}-${B:-two}-${A}"', "one-two-one"),
        ('secret: "${EMPTY:-other}"', "other"),
        ('secret: "${NONE:-}x"', "x"),
        ('secret: "$${A}"', "${A}"),
        ('secret: "$A"', "$A"),
        ('secret: "${file:key}"', "from file"),
        ("secret_file: key", "from file"),
    ],
)
def test_a_reference_is_replaced(tmp_path: Path, said: str, expected: str) -> None:
    (tmp_path / "key").write_text("from file\n")

    assert secret(tmp_path, said, {"A": "one", "EMPTY": ""}) == expected


def test_a_file_may_be_named_by_its_whole_path(tmp_path: Path) -> None:
    key = tmp_path / "elsewhere" / "key"
    key.parent.mkdir()
    key.write_text("absolute")

    assert secret(tmp_path, f'secret: "${{file:{key}}}"', {}) == "absolute"


def test_a_value_is_not_read_for_references_again(tmp_path: Path) -> None:
    assert secret(tmp_path, 'secret: "${A}"', {"A": "${B}", "B": "no"}) == "${B}"


def test_references_work_in_keys_that_are_not_secret(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALLEST + 'store: {mention_text_days: "${DAYS}"}\n', {"DAYS": "9"})

    assert settings.store.mention_text_days == 9


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('secret: "${NONE}"', "missing-variable"),
        ('secret: "${file:nothing}"', "missing-file"),
        ("secret_file: nothing", "missing-file"),
        ('secret: "${file:.}"', "secret-file"),
        ('secret: "${file:empty}"', "secret-file"),
        ('secret: "${file:binary}"', "secret-file"),
        ('secret: "${file:huge}"', "secret-file"),
        ('secret: "${file:a\\0b}"', "secret-file"),
        ('secret: "${A B}"', "reference"),
        ('secret: "${A"', "reference"),
        ('secret: "${}"', "reference"),
        ("secret_file: [a]", "wrong-type"),
        ("secret: a, secret_file: b", "one-of"),
    ],
)
def test_a_reference_without_value_is_an_error(tmp_path: Path, said: str, code: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_text("x" * 70_000)

    told = [each for each in codes(tmp_path, SMALLEST + HOOK.format(said), {}) if each != "no-receivers"]

    assert [each for each in told if each != "plain-secret"] == [code]


def test_what_this_machine_lacks_may_be_put_up_with(tmp_path: Path) -> None:
    text = SMALLEST + HOOK.format('secret: "${NONE}"') + "playbooks: {folder: nowhere}\n"
    path = write(tmp_path, text)

    told = check(path, {}, CATALOGUES, absent=Absent.IS_WARNING)
    settings = load(path, {}, CATALOGUES, absent=Absent.IS_WARNING)

    assert [(each.code, each.is_warning) for each in told] == [
        ("no-receivers", True),
        ("missing-variable", True),
        ("missing-folder", True),
    ]
    assert [entry.name for entry in settings.sources] == ["hook", "rss"]


def test_a_wrong_reference_is_never_put_up_with(tmp_path: Path) -> None:
    path = write(tmp_path, SMALLEST + HOOK.format('secret: "${A B}"'))

    assert [told.code for told in check(path, {}, CATALOGUES, absent=Absent.IS_WARNING) if not told.is_warning] == [
        "reference"
    ]

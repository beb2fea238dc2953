"""What a worker that reads feeds loads: little, for there are several."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crisiswatch import sources

READERS = ("crisiswatch.sources.web.feeds", "crisiswatch.sources.web.mail.letters")


@pytest.mark.parametrize("reader", READERS)
def test_a_worker_loads_a_reader_and_not_every_source(reader):
    code = f"import sys, {reader}; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()

    assert reader in loaded
    assert not {"pydantic", "httpx", "websockets", "numpy", "crisiswatch.sources.web.kafka"} & set(loaded)


def test_what_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'CATALOG'"):
        sources.CATALOG  # noqa: B018  # asking is the test


def test_the_catalogue_is_put_together_once():
    assert sources.CATALOGUE is sources.CATALOGUE

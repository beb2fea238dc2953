"""The told stories once more, by the real process: sockets, store, console and channels, in made-up time.

Each must end as it says in its told.txt, exact to a tick. Left out are the stories of cards (Slack has its own suites)
and those whose source goes silent: a hook says nothing of what it did not bring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from harness.mailbox import Mailbox, running_mailbox
from harness.told_stories import TOLD, expected, lived

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

CARDS = {"flapping", "one_card", "raise_pings_on_the_card", "sector_event"}
GAPS = {"blind_in_the_middle", "source_out"}
STORIES = sorted(folder.name for folder in TOLD.iterdir() if (folder / "told.txt").exists())
LIVED = [name for name in STORIES if name not in CARDS | GAPS]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.mark.parametrize("name", LIVED)
def test_the_daemon_tells_the_story_to_the_tick(
    name: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp(name, numbered=False)

    assert lived(name, folder, mailbox) == expected(name)


def test_there_are_sixty_stories_for_the_daemon(record_property: Callable[[str, object], None]) -> None:
    record_property("number", f"stories told by the real process in made-up time: {len(LIVED)}")
    assert len(LIVED) >= 60

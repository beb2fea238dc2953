from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from builders import NOON
from engine_fakes import plan

from crisiswatch.core.noticing import Noticing
from crisiswatch.detectors.new_terms import NewTerms
from crisiswatch.detectors.story_velocity import StoryVelocity
from crisiswatch.detectors.volume_spike import VolumeSpike
from crisiswatch.engine.noticers import adopt, restored, saved

PLAN = plan(
    noticers={"volume_spike": partial(VolumeSpike, 12), "story_velocity": lambda state: StoryVelocity(state=state)},
    words=NewTerms,
)


def taught() -> Noticing:
    noticing = Noticing()
    adopt(noticing, PLAN)
    for number in range(30):
        x = {"stories": 30.0 + number, "expected": 30.0, "spread": 0.1, "largest_copies": float(number)}
        for noticer in noticing.noticers.values():
            noticer.learn_one(x)
        assert noticing.words is not None
        noticing.words.learn_one([{number: "word"}], NOON + number * timedelta(minutes=5))
    return noticing


def test_what_was_learnt_is_there_again() -> None:
    before = taught()

    after = restored(saved(before), PLAN)

    assert saved(after) == saved(before)


def test_a_state_of_another_version_begins_anew_and_the_others_go_on() -> None:
    kept = saved(taught())
    assert kept is not None
    kept.noticers["volume_spike"] = b"\xc1"
    kept.words = b""

    after = restored(kept, PLAN)

    assert after.noticers["volume_spike"].to_bytes() == VolumeSpike().to_bytes()
    assert after.noticers["story_velocity"].to_bytes() == kept.noticers["story_velocity"]
    assert after.words is not None and after.words.to_bytes() == NewTerms().to_bytes()


def test_a_reload_keeps_what_stays_and_drops_what_goes() -> None:
    noticing = taught()
    spike = noticing.noticers["volume_spike"]

    adopt(noticing, plan(noticers={"volume_spike": partial(VolumeSpike, 12)}))

    assert noticing.noticers == {"volume_spike": spike}
    assert noticing.words is None


@pytest.mark.parametrize("found", [None, saved(taught())])
def test_a_plan_without_notices_saves_nothing(found: object) -> None:
    assert saved(restored(found, plan())) is None  # type: ignore[arg-type]  # None or what was saved

from benchmarks.crisisbench.easing import Ends, ends, summary, turns
from benchmarks.crisisbench.incidents import Truth
from benchmarks.crisisbench.watching import BUCKET, START
from crisiswatch.app.data import calibration
from crisiswatch.core.assessing import OVER
from crisiswatch.core.incidents import Change
from crisiswatch.core.models import Expectation, Reading

LOUD = 3 * calibration().bars[0.1]


def reading(tick: int, raw: float, recent: float, over: float) -> Reading:
    return Reading(raw, START, Expectation(4, 0.2, 0.15), 30 * BUCKET * 288, recent, over)


def test_minutes_run_from_the_end_of_the_crisis() -> None:
    readings = [reading(tick, LOUD, LOUD if tick < 10 else 0.1, OVER if tick >= 10 else 0.0) for tick in range(60)]

    found = ends(turns(readings), [Truth("sudden", 0, 10)])

    assert (found.eased, found.closed) == ((15.0,), (120.0,))


def test_what_came_before_the_end_and_lasted_counts_as_at_once_and_as_early() -> None:
    found = ends([(5, Change.OPENED), (20, Change.EASED), (44, Change.CLOSED)], [Truth("slow", 0, 90)])

    assert found == Ends((0.0,), (0.0,), early=1, back=0)


def test_what_eased_and_came_back_counts_from_its_last_end() -> None:
    told = [(5, Change.OPENED), (20, Change.EASED), (24, Change.RESUMED), (99, Change.EASED), (120, Change.FINALISED)]

    found = ends([*told, (400, Change.OPENED), (500, Change.CLOSED)], [Truth("slow", 0, 90)])

    assert found == Ends((45.0,), (), early=0, back=1)


def test_the_summary_counts_all_streams() -> None:
    found = summary([Ends((10.0,), (90.0,), 1, 2), Ends((30.0,), (110.0,), 0, 1)])

    assert (found["crises"], found["eased_minutes"], found["closed_minutes"]) == (2, 20.0, 100.0)
    assert (found["closed_early"], found["came_back"]) == (1, 3)

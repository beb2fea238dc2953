"""CrisisLR: evidence, in nats, that the negative share has risen, perhaps with the volume, within the last 16 hours.

One detector watches one series of counts. For each of eight windows, from one bucket to 16 hours, it asks how
surprising the negative share and the volume are against what was predicted when the window began, with variances
learnt per window. The parts, in the order in which a bucket meets them:

`baseline`     what is usual at this time of day and week, and the usual negative share
`gaps`         what of a bucket may be believed: outages, the backlog after them, floods of copies
`pairs`        whether everything is counted twice
`memory`       the last buckets, and what the windows over them hold
`duplication`  whether the counts vary more than independent posts would
`windows`      evidence per window
`weighing`     all windows together, and when it began
`ending`       whether the newest stories are of the usual mood again
`calibration`  what evidence is worth at the volume of the series
`trackers`     where rate and share have drifted lately; the predictions of later buckets
"""

from crisiswatch.detectors.crisis_lr.calibration import Calibration, VolumeClass, decode
from crisiswatch.detectors.crisis_lr.detector import CrisisLR

__all__ = ["Calibration", "CrisisLR", "VolumeClass", "decode"]

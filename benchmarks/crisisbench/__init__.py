"""CrisisBench: seeded streams of mentions with crises and what looks like them, and what can be found in these.

`background`  what is usual: rates by time of day and week, drift, over-dispersion, negativity
`crises`      the shapes of crises, and where they and the benign events stand
`benign`      launches, floods of bots, outages with their backlog, holidays, cascades of reposts
`streams`     a stream of one brand: counts as the detector sees them, and the truth
`limit`       the clairvoyant likelihood-ratio test: no detector can be faster at an equal rate of false alarms
`incidents`   alarms → incidents → delays, at a cut or at a budget of false alarms
`watching`    the shipped detector run over streams, in several processes
`baselines`   what others do, on the same streams
`minutely`    what it brings to ask while a bucket is open
`several`     brands of several sources: the pool, and every source beside it
`reporting`   the numbers
`tables`      streams and scores as CSV files
`easing`      how soon after a crisis its incident eases and closes
`fit`         thresholds from streams without crises
"""

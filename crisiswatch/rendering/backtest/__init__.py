"""A backtest for a person: on a terminal, or as a page in one file."""

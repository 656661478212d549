"""Taxes of a declaration: pure, exact, explained, replayable.

Read `assess` first: it numbers the steps. `rules` holds the legal constants as dated data, `tariff`
reads tariffs and chooses rates, `trace` explains line by line.
"""

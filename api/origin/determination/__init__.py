"""Whether a good originates under an agreement: pure, exact, explained, replayable.

Read `engine` first: it numbers the steps. `grammar` reads the rules of products, `rules` holds the
legal constants as dated data, `decision` writes and replays what was decided.
"""

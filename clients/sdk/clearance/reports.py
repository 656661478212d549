"""What is reported of clearance: overrides, times of release, decisions, draws."""

from collections.abc import Iterator

from clients.sdk.answers import Answer
from clients.sdk.clearance.desk import PATH
from clients.sdk.connection import Connection
from clients.sdk.membership import pages


class Reports:
    """Reports over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def overrides(self) -> Iterator[Answer]:
        """Yield every override of this customs: who asked, why, what was stated, who approved."""
        yield from pages(self._connection, f"{PATH}/overrides")

    def decisions(self) -> Iterator[Answer]:
        """Yield every decision in the order of numbers, with what the ledger committed to."""
        yield from pages(self._connection, f"{PATH}/decisions")

    def decision(self, name: str, amendment: int | None = None) -> Answer:
        """Return a decision's exact bytes; the latest where no amendment is named."""
        chosen = {} if amendment is None else {"amendment": amendment}
        return self._connection.get(f"{PATH}/declarations/{name}/decision", **chosen)

    def times(self, since: str | None = None, until: str | None = None) -> Answer:
        """Study times of release.

        Args:
            since: First day of registration in Viet Nam, YYYY-MM-DD; 31 days ago if left out.
            until: Last day.
        """
        return self._connection.get(f"{PATH}/time-release", **_days(since, until), format="json")

    def times_as(
        self, form: str, since: str | None = None, until: str | None = None, language: str = "en"
    ) -> bytes:
        """Study times of release, as "csv", or as a chart, "svg", in "vi" or "en"."""
        chosen = _days(since, until) | {"format": form, "language": language}
        return self._connection.get_bytes(f"{PATH}/time-release", **chosen)

    def rates(self, country: str) -> Answer:
        """Return at which rates declarations of each rank are drawn in a country."""
        return self._connection.get(f"{PATH}/rates/{country}")

    def panel(self, country: str, round_number: int | None = None) -> Answer:
        """Return the beacon keys whose outputs make a country's seeds.

        Args:
            country: ISO 3166 alpha-2.
            round_number: EVM block of the round; the latest where left out.
        """
        chosen = {} if round_number is None else {"round": round_number}
        return self._connection.get(f"/v1/beacon/panels/{country}", **chosen)

    def outputs(self, country: str, round_number: int) -> Answer:
        """Return what a country's panel published for a round, and the seed that it makes."""
        return self._connection.get(f"/v1/beacon/rounds/{country}/{round_number}")

    def draw(self, declaration: str) -> dict[str, object]:
        """Return a declaration's draw with all it rests on, `tradeseal-beacon-draw/1`.

        `contracts.beacon.draw_file.DrawFile.from_json` reads it, its `check` proves it.

        Args:
            declaration: Its identifier, 0x and 64 digits.
        """
        return self._connection.get(f"/v1/beacon/draws/{declaration}").members()


def _days(since: str | None, until: str | None) -> dict[str, str]:
    asked = {"since": since, "until": until}
    return {name: day for name, day in asked.items() if day is not None}

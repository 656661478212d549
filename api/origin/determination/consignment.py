"""Direct consignment: from party to party, or through others with proof that nothing happened.

Source: ATIGA Art. 32.
"""

from collections.abc import Iterator

from api.origin.determination.decision import Step, failed, noted, passed
from api.origin.determination.model import Case, Transit
from api.origin.determination.rules import Provision, Rules


def check_route(case: Case, rules: Rules) -> Iterator[Step]:
    """Judge every stop on the way."""
    provision = rules.provision("transit")
    if not case.transits:
        yield noted(
            "transit",
            provision,
            exporting=case.exporting_party,
            importing=case.importing_party,
        )
    parties = rules.provision("parties").texts()
    for transit in case.transits:
        yield _judge(transit, provision, is_party=transit.country in parties)


def _judge(transit: Transit, provision: Provision, *, is_party: bool) -> Step:
    country = transit.country
    if is_party and provision.value["parties_free"] == "yes":
        return passed("transit_party", provision, country=country)
    if transit.entered_trade:
        return failed("transit_trade", provision, country=country)
    allowed = provision.value["operations"]
    if beyond := [code for code in transit.operations if code not in allowed]:
        figures = {"beyond": ", ".join(beyond), "allowed": ", ".join(allowed)}
        return failed("transit_operations", provision, country=country, **figures)
    wanted = provision.value["documents"]
    if not set(transit.documents) & set(wanted):
        return failed("transit_documents", provision, country=country, wanted=", ".join(wanted))
    shown = ", ".join(transit.documents)
    return passed("transit", provision, country=country, documents=shown)

"""What was done to the materials: more than minimal operations, or nothing that confers origin.

Source: ATIGA Art. 31.
"""

from api.origin.determination.decision import Step, judged, noted
from api.origin.determination.errors import CaseError
from api.origin.determination.model import Case
from api.origin.determination.rules import Rules, operations


def check_operations(case: Case, rules: Rules, *, matters: bool) -> Step:
    """Tell whether the operations go beyond minimal ones.

    Args:
        case: What was done.
        rules: The agreement, with what it counts as minimal.
        matters: Whether non-originating materials are used at all.

    Raises:
        CaseError: An operation is not of the vocabulary, or none is named.
    """
    vocabulary = operations()
    known = {*vocabulary["minimal"], *vocabulary["substantial"]}
    for place, code in enumerate(case.operations):
        if code not in known:
            remedy = f"send one of {', '.join(sorted(known))}"
            raise CaseError(f"case.operations[{place}]", f"{code} is unknown", remedy)
    provision = rules.provision("minimal_operations")
    if not matters:
        return noted("minimal_operations", provision)
    if not case.operations:
        raise CaseError("case.operations", "are missing", "name what was done to the materials")
    beyond = [code for code in case.operations if code not in provision.texts()]
    shown = ", ".join(beyond or case.operations)
    return judged(bool(beyond), "minimal_operations", provision, operations=shown)

"""Opens what an organisation needs to take part in the random beacon."""

from node.beacon.keys import BEACON_KEY_NAME, load_beacon_key
from node.beacon.publisher import BeaconKeys, BeaconPublisher
from node.beacon.rounds import ClearanceRounds, RoundsWanted
from node.database.database import Database
from node.folder import OrganisationFolder
from node.ledger import LedgerGateway
from node.outbox.outbox import Outbox


def open_beacon(
    folder: OrganisationFolder,
    read: Database,
    outbox: Outbox,
    ledger: LedgerGateway,
    keys: tuple[bytes, bytes | None],
    *,
    wanted: RoundsWanted | None = None,
) -> BeaconPublisher | None:
    """Return what publishes outputs; None where the folder has no beacon key or no clerk's key.

    Args:
        folder: The organisation's folder.
        read: The read models.
        outbox: Carries the outputs.
        ledger: Says who sits in which panel.
        keys: The password of the beacon key, and the clerk's secret.
        wanted: For which rounds somebody waits; those of declarations, if nothing else is said.

    Raises:
        KeyFileError: The key file is damaged or of another kind.
        PasswordWrongError: The password does not open it.
        LooseModeError: Others may read it.
    """
    password, clerk = keys
    path = folder.keys / BEACON_KEY_NAME
    if clerk is None or not path.exists():
        return None
    found = BeaconKeys(load_beacon_key(path, password), clerk, folder.config.evm_chain_id)
    return BeaconPublisher(read, outbox, ledger, found, wanted or ClearanceRounds(read))

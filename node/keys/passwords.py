"""Where the password of the key files comes from.

`TRADESEAL_PASSWORD_FILE` names a file of mode 0600 (one trailing line break is not part of
the password); without it `TRADESEAL_PASSWORD` is the password. A file is the better choice:
other processes of the same user can read the environment.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from node.errors import PasswordMissingError
from node.files import read_private

VARIABLE: Final = "TRADESEAL_PASSWORD"


def load_password(environment: Mapping[str, str]) -> bytes:
    """Return the password that opens the organisation's keys.

    Args:
        environment: Usually `os.environ`.

    Raises:
        PasswordMissingError: Neither variable is set, or the password is empty.
        LooseModeError: Others may read the password file.
        StorageError: The password file cannot be read.
    """
    if name := environment.get(f"{VARIABLE}_FILE"):
        try:
            password = read_private(Path(name))
        except FileNotFoundError as error:
            raise PasswordMissingError(VARIABLE) from error
        password = password.removesuffix(b"\n").removesuffix(b"\r")
    else:
        password = environment.get(VARIABLE, "").encode()
    if not password:
        raise PasswordMissingError(VARIABLE)
    return password

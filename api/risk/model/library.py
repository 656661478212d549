"""LightGBM and numpy, loaded when a score is first asked for: rules must work without them."""

from importlib import import_module
from types import ModuleType
from typing import Any, Final

from api.risk.model.errors import ModelUnavailableError

_GOMP: Final = "libgomp"


def lightgbm() -> Any:
    """Return the module.

    Raises:
        ModelUnavailableError: It, or the run-time library it needs, is missing.
    """
    return _loaded("lightgbm")


def numpy() -> Any:
    """Return the module.

    Raises:
        ModelUnavailableError: It is missing.
    """
    return _loaded("numpy")


def _loaded(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as fault:
        remedy = "install the extra `risk`: pip install 'tradeseal[risk]'"
        raise ModelUnavailableError(fault.name or name, remedy) from fault
    except OSError as fault:  # the shared library of the wheel does not load
        if _GOMP in str(fault):
            remedy = "install it: apt-get install libgomp1 (Debian, Ubuntu), or libgomp elsewhere"
            raise ModelUnavailableError("libgomp.so.1", remedy) from fault
        raise ModelUnavailableError(f"{name} ({fault})", "install a wheel that fits") from fault

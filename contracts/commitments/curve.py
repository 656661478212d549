"""The group of bn254 (alt_bn128), as the Ethereum precompiles ecadd and ecmul know it.

Plain integers. Timing depends on the scalars: commit where an observer of the
machine's clock is no concern, not as a service to strangers.

Source: EIP-196.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.errors import CommitmentError

FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
ORDER: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617
_B: Final = 3


@dataclass(frozen=True, slots=True)
class Point:
    """A point in affine coordinates; (0, 0) is the identity, as in EIP-196.

    Raises:
        CommitmentError: The coordinates are out of range or off the curve.
    """

    x: int
    y: int

    def __post_init__(self) -> None:
        """Refuse what ecadd refuses."""
        if not (0 <= self.x < FIELD and 0 <= self.y < FIELD):
            raise CommitmentError("a coordinate is out of range", "reduce it modulo the field")
        if (self.x, self.y) != (0, 0) and (self.y**2 - self.x**3 - _B) % FIELD:
            raise CommitmentError("the point is not on the curve", "take it from its commitment")

    def __neg__(self) -> "Point":
        return Point(self.x, -self.y % FIELD)

    def __add__(self, other: "Point") -> "Point":
        return affine([(self.x, self.y), (other.x, other.y)])

    def __sub__(self, other: "Point") -> "Point":
        return self + -other


IDENTITY: Final = Point(0, 0)

_Jacobian = tuple[int, int, int]
_Affine = tuple[int, int]


def affine(points: Iterable[_Affine]) -> Point:
    """Return the sum of affine points that are known to be on the curve."""
    total: _Jacobian = (1, 1, 0)
    for point in points:
        if point != (0, 0):
            total = _add_affine(total, point)
    x, y, z = total
    if z == 0:
        return IDENTITY
    inverse = pow(z, -1, FIELD)
    square = inverse * inverse % FIELD
    return Point(x * square % FIELD, y * square * inverse % FIELD)


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if z == 0 or y == 0:
        return (1, 1, 0)
    a = x * x % FIELD
    b = y * y % FIELD
    c = b * b % FIELD
    d = 2 * ((x + b) ** 2 - a - c) % FIELD
    e = 3 * a % FIELD
    x3 = (e * e - 2 * d) % FIELD
    return (x3, (e * (d - x3) - 8 * c) % FIELD, 2 * y * z % FIELD)


def _add_affine(left: _Jacobian, right: _Affine) -> _Jacobian:
    x1, y1, z1 = left
    x2, y2 = right
    if z1 == 0:
        return (x2, y2, 1)
    square = z1 * z1 % FIELD
    h = (x2 * square - x1) % FIELD
    r = (y2 * square % FIELD * z1 - y1) % FIELD
    if h == 0:
        return _double(left) if r == 0 else (1, 1, 0)
    h2 = h * h % FIELD
    h3 = h2 * h % FIELD
    v = x1 * h2 % FIELD
    x3 = (r * r - h3 - 2 * v) % FIELD
    return (x3, (r * (v - x3) - y1 * h3) % FIELD, z1 * h % FIELD)


class FixedBase:
    """Multiples of one point, tabulated so that a product is one addition per window.

    Args:
        base: The point; not the identity.
    """

    _WINDOW: Final = 6
    _MASK: Final = (1 << _WINDOW) - 1

    def __init__(self, base: Point) -> None:
        self._rows: list[list[_Affine]] = []
        step = base
        for _ in range(-(-ORDER.bit_length() // self._WINDOW)):
            row = [(0, 0), (step.x, step.y)]
            row.extend(_multiples(step, self._MASK))
            self._rows.append(row)
            last = affine([row[-1], row[1]])
            step = last

    def terms(self, scalar: int) -> list[_Affine]:
        """Return the points whose sum is the base times a scalar in 0..ORDER-1."""
        found: list[_Affine] = []
        for row in self._rows:
            digit = scalar & self._MASK
            if digit:
                found.append(row[digit])
            scalar >>= self._WINDOW
        return found


def _multiples(step: Point, last: int) -> list[_Affine]:
    """Return 2·step … last·step, with one inversion for all."""
    points: list[_Jacobian] = []
    current = _double((step.x, step.y, 1))
    for _ in range(2, last + 1):
        points.append(current)
        current = _add_affine(current, (step.x, step.y))
    prefixes = [1]
    for _, _, z in points:
        prefixes.append(prefixes[-1] * z % FIELD)
    inverse = pow(prefixes[-1], -1, FIELD)
    found: list[_Affine] = []
    for (x, y, z), prefix in zip(reversed(points), reversed(prefixes[:-1]), strict=True):
        own = inverse * prefix % FIELD
        inverse = inverse * z % FIELD
        square = own * own % FIELD
        found.append((x * square % FIELD, y * square * own % FIELD))
    found.reverse()
    return found

# pragma version 0.4.3
# pragma evm-version prague
"""
@title Sums of commitments
@custom:contract-name bn254
@notice Adds and subtracts points of bn254 that hide quantities (Pedersen commitments).
        Nobody can read them; their sums are checked all the same.
@dev (0, 0) is the identity, as in EIP-196. `ecadd` refuses points off the curve.
"""


# ------------------------------------------------------------------- structs


struct Point:
    x: uint256
    y: uint256


# ----------------------------------------------------------------- constants


FIELD: constant(uint256) = 21888242871839275222246405745257275088696311157297823662689037894645226208583
B: constant(uint256) = 3


# -------------------------------------------------------- internal functions


@internal
@pure
def is_hiding(point: Point) -> bool:
    """
    @notice Say whether a point is on the curve and not the identity.
    @param point The point.
    """
    if point.x >= FIELD or point.y >= FIELD or (point.x == 0 and point.y == 0):
        return False
    square: uint256 = uint256_mulmod(point.y, point.y, FIELD)
    cube: uint256 = uint256_mulmod(uint256_mulmod(point.x, point.x, FIELD), point.x, FIELD)
    return square == uint256_addmod(cube, B, FIELD)


@internal
@view
def plus(left: Point, right: Point) -> Point:
    """
    @notice Return the sum of two points that are on the curve.
    @param left A point.
    @param right A point.
    """
    total: uint256[2] = ecadd([left.x, left.y], [right.x, right.y])
    return Point(x=total[0], y=total[1])


@internal
@view
def minus(left: Point, right: Point) -> Point:
    """
    @notice Return the difference of two points that are on the curve.
    @param left A point.
    @param right A point.
    """
    # FIELD - y does not underflow, since y < FIELD on the curve. y is 0 at the identity
    # alone: the group's order is odd, so that no other point is its own negative.
    negative: uint256 = 0
    if right.y != 0:
        negative = FIELD - right.y
    return self.plus(left, Point(x=right.x, y=negative))

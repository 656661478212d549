# pragma version 0.4.3
# pragma evm-version prague
"""
@title RSA
@custom:contract-name rsa
@notice Checks outputs of a verifiable random function (RSA-FDH-VRF-SHA256 of RFC 9381),
        and that a modulus permits but one output for each input.
@dev Numbers are 256 bytes, big-endian; the public exponent is 65537. A number has one form:
     below the modulus.
     Uniqueness rests on x -> x^e being a permutation of the numbers below N. Each of the
     roots r_i of challenges c_i, which nobody chooses, must satisfy r_i^(e*N) = c_i. Where N
     has no prime factor below 2048 and the map is no permutation, at most 1.5/2048 of all
     numbers have such a root: thirteen exist with a chance below 2^-128.
     Source: Goldberg, Reyzin, Sagga, Baldimtsi: Efficient Noninteractive Certification of RSA
     Moduli and Beyond (ASIACRYPT 2019).
"""

from contracts.records import refusal


# ----------------------------------------------------------------- constants


SIZE: constant(uint256) = 256
WORDS: constant(uint256) = 8
ROOTS: constant(uint256) = 13
ROOTS_SIZE: constant(uint256) = 3328
ALPHA_SIZE: constant(uint256) = 160
SEED_LIMIT: constant(uint256) = 512

MODEXP: constant(address) = 0x0000000000000000000000000000000000000005
EXPONENT: constant(Bytes[3]) = x"010001"

# Suite 1, separator of the mask; length of the modulus; RFC 9381, 4.1.
MASK_PREFIX: constant(Bytes[6]) = x"010100000100"
# Suite 1, separator of the output; RFC 9381, 4.2.
OUTPUT_PREFIX: constant(Bytes[2]) = x"0102"
CHALLENGE: constant(bytes32) = keccak256("Tradeseal RSA permutation challenge")
# Draws of one challenge. Each is below the modulus with a chance of a half at least.
DRAWS_LIMIT: constant(uint256) = 64

# The odd primes below 2048, multiplied to words.
SMALL_PRIMES: constant(uint256[12]) = [
    99481188195845490820207625772642576801367201360910529106101988047706955286135,
    8642941126080261222597417362729527456895954981466912224936651378481234509993,
    470021047364108616178758209584698379990147474869865181349294794943945661363,
    6543045888483863844845021158843576310788659115537644343637734888909070734511,
    6119927592480586005381371569964590776018027807796530760347882043495056942689,
    1029141500578191064887495618981420452909630851544542825942949983982383416913,
    55814535614564495187721596245365928878971117301371085844034912587649101464801,
    1585096713456503208521714923543823264954407096464151190182187717533721352653,
    28148014347896578356963380931474954145715474367287848104240583712879678924323,
    196765459971080072005182162720761386539917496132203386483416324427207048973,
    2228493858351278031237906406073620892073286863176824029993815720895744012389,
    542063415593150678710809589603,
]
# Euclid's algorithm ends on 256 bits after so many divisions: 256 / log2(golden ratio).
DIVISIONS_LIMIT: constant(uint256) = 370


# -------------------------------------------------------- internal functions


@internal
@view
def output_of(modulus: Bytes[SIZE], alpha: Bytes[ALPHA_SIZE], proof: Bytes[SIZE]) -> bytes32:
    """
    @notice Return the output that a proof shows, refusing a proof of another input.
    @param modulus Of the key.
    @param alpha The input.
    @param proof The proof.
    """
    refusal.demand(self._is_below(proof, modulus), "beacon: proof")
    masked: Bytes[SIZE] = self._mask(concat(MASK_PREFIX, modulus, alpha))
    # One octet shorter than the modulus, so that it is below it.
    expected: Bytes[SIZE] = concat(x"00", slice(masked, 0, 255))
    opened: Bytes[SIZE] = self._power(proof, EXPONENT, modulus)
    refusal.demand(keccak256(opened) == keccak256(expected), "beacon: proof")
    return sha256(concat(OUTPUT_PREFIX, proof))


@internal
@view
def require_permutation(
    organisation: bytes32, modulus: Bytes[SIZE], roots: Bytes[ROOTS_SIZE]
):
    """
    @notice Refuse a modulus under which an input may have several outputs.
    @param organisation Whose key it is: what it showed, nobody else can show as its own.
    @param modulus The modulus.
    @param roots The roots of the challenges, one behind the other.
    """
    refusal.demand(len(modulus) == SIZE, "beacon: modulus size")
    first: uint256 = convert(extract32(modulus, 0), uint256)
    last: uint256 = convert(extract32(modulus, 224), uint256)
    refusal.demand(first >> 255 == 1 and last & 1 == 1, "beacon: modulus")
    self._require_no_small_factor(modulus)
    refusal.demand(len(roots) == ROOTS_SIZE, "beacon: roots size")
    for index: uint256 in range(ROOTS):
        root: Bytes[SIZE] = slice(roots, index * SIZE, SIZE)
        refusal.demand(self._is_below(root, modulus), "beacon: root")
        # In two steps, since an exponent of this ledger has at most 256 bytes.
        opened: Bytes[SIZE] = self._power(
            self._power(root, EXPONENT, modulus), modulus, modulus
        )
        challenge: Bytes[SIZE] = self._challenge(organisation, modulus, index)
        refusal.demand(keccak256(opened) == keccak256(challenge), "beacon: root")


@internal
@pure
def _require_no_small_factor(modulus: Bytes[SIZE]):
    """
    @notice Refuse an odd modulus that a prime below 2048 divides.
    @param modulus The modulus.
    """
    for product: uint256 in SMALL_PRIMES:
        # 2^256 modulo the product, which is odd.
        radix: uint256 = max_value(uint256) % product + 1
        rest: uint256 = 0
        for index: uint256 in range(WORDS):
            digit: uint256 = convert(extract32(modulus, index * 32), uint256)
            rest = uint256_addmod(uint256_mulmod(rest, radix, product), digit, product)
        divisor: uint256 = product
        for _: uint256 in range(DIVISIONS_LIMIT):
            if rest == 0:
                break
            before: uint256 = rest
            rest = divisor % rest
            divisor = before
        refusal.demand(rest == 0 and divisor == 1, "beacon: small factor")


@internal
@pure
def _challenge(organisation: bytes32, modulus: Bytes[SIZE], index: uint256) -> Bytes[SIZE]:
    """
    @notice Return a challenge: the first of a series of masks that is below the modulus.
    @param organisation Whose key it is.
    @param modulus The modulus.
    @param index Number of the challenge, from 0.
    """
    for draw: uint256 in range(DRAWS_LIMIT):
        found: Bytes[SIZE] = self._mask(
            concat(
                CHALLENGE, organisation, modulus, convert(index, bytes32), convert(draw, bytes32)
            )
        )
        if self._is_below(found, modulus):
            return found
    raise "beacon: challenge"


@internal
@pure
def _mask(seed: Bytes[SEED_LIMIT]) -> Bytes[SIZE]:
    """
    @notice Return 256 octets of MGF1 with SHA-256 (RFC 8017, B.2.1).
    @param seed What they are made from.
    """
    words: bytes32[WORDS] = empty(bytes32[WORDS])
    for index: uint32 in range(8):
        words[index] = sha256(concat(seed, convert(index, bytes4)))
    return abi_encode(words)


@internal
@view
def _power(base: Bytes[SIZE], exponent: Bytes[SIZE], modulus: Bytes[SIZE]) -> Bytes[SIZE]:
    """
    @notice Return a power modulo a modulus (EIP-198).
    @param base 256 bytes.
    @param exponent At most 256 bytes.
    @param modulus 256 bytes.
    """
    return raw_call(
        MODEXP,
        concat(
            convert(SIZE, bytes32),
            convert(len(exponent), bytes32),
            convert(SIZE, bytes32),
            base,
            exponent,
            modulus,
        ),
        max_outsize=SIZE,
        is_static_call=True,
    )


@internal
@pure
def _is_below(number: Bytes[SIZE], modulus: Bytes[SIZE]) -> bool:
    """
    @notice Say whether a number has 256 bytes and is below a modulus.
    @param number The number.
    @param modulus The modulus, 256 bytes.
    """
    if len(number) != SIZE:
        return False
    for index: uint256 in range(WORDS):
        ours: uint256 = convert(extract32(number, index * 32), uint256)
        bound: uint256 = convert(extract32(modulus, index * 32), uint256)
        if ours != bound:
            return ours < bound
    return False

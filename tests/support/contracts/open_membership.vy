# pragma version 0.4.3
"""
@title A membership that admits whom it is told to, for tests of the ledger alone
"""

struct Validator:
    public_key: bytes32
    power: uint64

event Changed:
    account: address

refused: public(HashMap[address, bool])
named: DynArray[Validator, 16]
closed: public(HashMap[address, bool])
created: public(address)

@external
@view
def maySend(sender: address) -> bytes32:
    if self.refused[sender]:
        return empty(bytes32)
    # each account is a member of its own
    return convert(convert(sender, uint256), bytes32)

@external
@view
def mayCall(target: address) -> bool:
    return not self.closed[target] and target.codesize > 0

@external
@view
def validators() -> DynArray[Validator, 16]:
    if len(self.named) != 0:
        return self.named
    return [Validator(public_key=convert(1, bytes32), power=10)]

@external
def nameValidators(validators: DynArray[Validator, 16]):
    self.named = validators
    log Changed(account=msg.sender)

@external
def refuse(account: address, refused: bool):
    self.refused[account] = refused
    log Changed(account=account)

@external
def close(target: address, closed: bool):
    self.closed[target] = closed
    log Changed(account=target)

@external
def create(init_code: Bytes[4096]):
    self.created = raw_create(init_code)

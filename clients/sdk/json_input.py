"""JSON from outside: parsed only when it is not nested deeply.

The standard parser recurses in C. Where another library has raised Python's recursion limit,
as py-evm does, deep nesting overflows the stack and ends the process.
"""

import json
import re
from typing import Final

_DEPTH_LIMIT: Final = 64
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def parse_json(content: bytes) -> object:
    """Parse JSON.

    Raises:
        ValueError: It is no JSON, no UTF-8, or nested too deeply.
    """
    depth = 0
    for match in _MARKS.finditer(content):
        mark = match.group()[:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > _DEPTH_LIMIT:
            raise ValueError(depth)
    value: object = json.loads(content.decode("utf-8"))
    return value

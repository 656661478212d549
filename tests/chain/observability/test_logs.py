"""Log lines: their form, their id, and what never stands in them."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from support.logs import logging_kept

from chain.observability.correlation import (
    MAX_JOINED,
    correlated,
    current_correlation,
    join_correlations,
    parse_correlation,
)
from chain.observability.events import log_event
from chain.observability.logs import LogFormat, configure_logging, report_failure
from chain.observability.redaction import MAX_TEXT, redact

LOGGER = logging.getLogger("test.observability")
PASSWORD = "correct-horse-battery"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvZmZpY2VyIn0.c2lnbmF0dXJlLW9mLXRoZS1pc3N1ZXI"
SD_JWT = "eyJhbGciOiJFUzI1NiJ9.eyJmb3JtIjoiRCJ9.c2lnbmF0dXJl~WyJzYWx0IiwiYm94NyIsIlNIUklNUCJd~"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----"


@pytest.fixture
def process_logging() -> Iterator[None]:
    """Give the process's logging back as it was."""
    with logging_kept():
        yield


def written(log_format: LogFormat | None = LogFormat.JSON) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(log_format, stream=stream)
    return stream


def fail(error: Exception, cause: Exception | None = None) -> NoReturn:
    raise error from cause


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


pytestmark = pytest.mark.usefixtures("process_logging")


def test_a_json_line_has_time_level_logger_message_and_typed_fields() -> None:
    stream = written()
    log_event(LOGGER, logging.WARNING, "height done", height=7, share=0.5, final=True, left=None)
    (line,) = lines(stream)
    time = line.pop("time")
    assert time.endswith("Z")
    assert datetime.fromisoformat(time).utcoffset() == timedelta(0)
    assert line == {
        "level": "warning",
        "logger": "test.observability",
        "message": "height done",
        "height": 7,
        "share": 0.5,
        "final": True,
        "left": None,
    }


def test_a_field_cannot_pass_for_the_lines_own() -> None:
    stream = written()
    with correlated("true"):
        log_event(LOGGER, logging.INFO, "said", logger="forged", correlation_id="forged")
    (line,) = lines(stream)
    assert (line["logger"], line["correlation_id"]) == ("test.observability", "true")


def test_text_that_would_break_lines_does_not() -> None:
    stream = written()
    LOGGER.info('two\nlines\u2028and "quotes" \ud800')
    (line,) = lines(stream)
    assert line["message"] == 'two\nlines\u2028and "quotes" \ud800'


def test_lines_below_the_level_are_left_out() -> None:
    stream = written()
    log_event(LOGGER, logging.DEBUG, "detail")
    LOGGER.debug("detail")
    assert stream.getvalue() == ""


def test_the_text_form_says_the_same() -> None:
    stream = written(LogFormat.TEXT)
    with correlated("id-1"):
        log_event(LOGGER, logging.INFO, "height done", height=7)
    assert stream.getvalue().endswith(
        "info test.observability: height done height=7 correlation_id=id-1\n"
    )


def test_the_default_is_json_unless_a_terminal_reads() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert configure_logging(None, stream=io.StringIO()) is LogFormat.JSON
    assert configure_logging(None, stream=Terminal()) is LogFormat.TEXT


def test_exceptions_warnings_and_dying_threads_keep_the_form() -> None:
    stream = written()
    try:
        fail(RuntimeError("outer"), ValueError("inner"))
    except RuntimeError:
        LOGGER.exception("failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()
    failed, warned, died = lines(stream)
    assert failed["exception"]["type"] == "RuntimeError"
    assert failed["exception"]["cause"] == "ValueError: inner"
    assert any("test_logs.py" in frame for frame in failed["exception"]["frames"])
    assert "DeprecationWarning: old" in warned["message"]
    assert (died["level"], died["exception"]["type"]) == ("critical", "ZeroDivisionError")
    assert "worker" in died["message"]


def test_the_end_of_a_process_is_told_in_its_form(capsys: pytest.CaptureFixture[str]) -> None:
    stream = written()
    report_failure(LogFormat.JSON, "the folder is missing")
    assert lines(stream)[0]["message"] == "the folder is missing"
    report_failure(LogFormat.TEXT, "the folder is missing")
    assert capsys.readouterr().err == "error: the folder is missing\n"


# the id


def test_an_id_reaches_the_lines_of_its_block_alone() -> None:
    stream = written()
    with correlated("outer"):
        with correlated("inner"):
            LOGGER.info("a")
        LOGGER.info("b")
    LOGGER.info("c")
    assert [line.get("correlation_id") for line in lines(stream)] == ["inner", "outer", None]
    assert current_correlation() is None


def test_an_id_stays_in_its_thread() -> None:
    seen: list[str | None] = []
    with correlated("mine"):
        thread = threading.Thread(target=lambda: seen.append(current_correlation()))
        thread.start()
        thread.join()
    assert seen == [None]


@pytest.mark.parametrize("text", ["a", "7f0c-11", "A.b_c:d-9", "x" * 64, "a,b", "a,b,c"])
def test_ids_of_the_allowed_form_are_taken(text: str) -> None:
    assert parse_correlation(text) == text


@pytest.mark.parametrize(
    "text",
    [None, "", ",", "a,", "-a", "x" * 65, "a b", "a\nb", "é", "a, b", ",".join(["x" * 64] * 33)],
)
def test_others_are_not(text: str | None) -> None:
    assert parse_correlation(text) is None


def test_joined_ids_stand_once_in_order_and_are_few() -> None:
    assert join_correlations([]) is None
    assert join_correlations(["b", "a", "b"]) == "b,a"
    joined = join_correlations(f"{number:064}" for number in range(100))
    assert joined is not None
    assert len(joined.split(",")) == MAX_JOINED
    assert parse_correlation(joined) == joined


# secrets

SECRETS = {
    "a token": (f"got {TOKEN} from", TOKEN),
    "a bearer header": ("Authorization: Bearer abc123def456ghi", "abc123def456ghi"),
    "a document": (f"the document {SD_JWT} is", "WyJzYWx0IiwiYm94NyIsIlNIUklNUCJd"),
    "a key": (f"loaded {PEM}", "MC4CAQAwBQYDK2Vw"),
    "a cut key": ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw", "MC4CAQAwBQYDK2Vw"),
    "a URL": (f"postgresql+psycopg://node:{PASSWORD}@db/state", PASSWORD),
    "a setting": (f"TRADESEAL_PASSWORD={PASSWORD}", PASSWORD),
    "a JSON member": (f'{{"password": "{PASSWORD}"}}', PASSWORD),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_secret_never_stands_in_a_line(log_format: LogFormat, text: str, secret: str) -> None:
    stream = written(log_format)
    LOGGER.error("%s", text)
    log_event(LOGGER, logging.ERROR, "said", reason=text)
    try:
        fail(ValueError(text))
    except ValueError:
        LOGGER.exception("failed")
    assert stream.getvalue().count("[redacted]") >= 3
    assert secret not in stream.getvalue()


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_the_input_that_an_exception_repeats_is_left_out(log_format: LogFormat) -> None:
    stream = written(log_format)
    try:
        fail(ValueError("1 validation error\n  input: box 7 shrimp"), KeyError("first\nbox 8"))
    except ValueError:
        LOGGER.exception("failed")
    assert "1 validation error" in stream.getvalue()
    assert "shrimp" not in stream.getvalue()


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_the_same_secret_would_be_seen_without_the_guard(
    monkeypatch: pytest.MonkeyPatch, text: str, secret: str
) -> None:
    monkeypatch.setattr("chain.observability.logs.redact", lambda value: value)
    stream = written()
    LOGGER.error("%s", text)
    assert secret in lines(stream)[0]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "0x" + "5c" * 32,
        "the token is not accepted: it has expired; ask the organisation for a new one",
        "the password does not open accounts.json",
        "listening on http://127.0.0.1:8640/v1",
        "block 7, key id 0xabc",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_long_text_is_cut() -> None:
    assert len(redact("x" * 1_000_000)) < MAX_TEXT + 40
    assert redact("x" * MAX_TEXT) == "x" * MAX_TEXT


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_what_is_no_plain_value_is_shown_by_its_type(log_format: LogFormat) -> None:
    stream = written(log_format)
    fields: dict[str, Any] = {"key": b"secret", "record": {"box7": "shrimp"}, "share": float("nan")}
    log_event(LOGGER, logging.INFO, "said", **fields)
    assert "secret" not in stream.getvalue()
    assert "shrimp" not in stream.getvalue()
    assert "<bytes>" in stream.getvalue()
    assert "nan" in stream.getvalue()

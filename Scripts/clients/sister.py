"""A client of sister's line protocol, SLP/1. Python 3.9 or newer, nothing but its library.

    import sister

    with sister.connect(socket="/var/lib/sister/sister.sock") as client:
        answer = client.run("grant list", where=[("amount", ">=", 5000)], community="urbana")
        for grant in answer.rows:
            print(grant["number"], grant["amount"])  # text as the server shows it; None is null
        client.write("payment pay", "G-2012-0001-P02", on=datetime.date.today())
        with open("grants.csv", "wb") as file:
            client.export("grant list limit=all", file)
        with open("cities.csv", encoding="utf-8") as file:
            client.run("import", "community create", data=file.read())  # error.rows: what is refused

    sister.connect(host="sister.example.org", port=7478, ca="ca.pem", token=token)
    sister.connect(host="127.0.0.1", port=7478, plaintext=True, user="maria", password=password)

Every answer is counted and its checksum is verified before it is returned. Whatever the server
refuses is a `SisterError`; not reaching it is the OSError that `socket` or `ssl` raised.

A client is for one thread. Where its connection was lost, the next request makes a new one,
except in the middle of a transaction (`begin`): that has been rolled back, and what follows it
must not be done alone. `reconnect` says that you know.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import decimal
import hashlib
import hmac
import ipaddress
import json
import os
import re
import secrets
import selectors
import socket as _socket
import ssl
import stringprep
import time
import unicodedata
from dataclasses import dataclass, field, replace

__all__ = [
    "Answer", "Client", "Damaged", "Request", "SisterError", "Truncated", "connect", "new_key",
    "quote", "request", "scram_verifier",
]

LINE_BYTES = 16 * 1024 * 1024  # a longer line of the server's is memory running away
# Commands that may work long on rows that they are sent: the server is asked to say each second how
# far it has come, so that it is not taken for silent.
TAKE_ROWS = ("import", "directory import", "directory gazetteer")
LITERAL_FROM = 1024  # values of more bytes travel as a literal
PIPELINE_BYTES = 32 * 1024  # requests under way; see `Client.pipeline`
EXIT_STATUS = {
    "usage": 64, "data": 65, "missing": 66, "conflict": 3, "auth": 77, "denied": 77, "busy": 75,
    "cancelled": 4, "proto": 76, "fault": 70,
}


class SisterError(Exception):
    """An error that the server answered, or that was found out about its answer.

    code: `class.reason`; decide on the class, codes are added.
    retry: the seconds after which trying again can help, or None.
    effect: what became of a write: "none", "committed" or "unknown".
    pairs: everything the error line said (`at`, `arg`, `try`, `ref`, …).
    key: the key that `Client.write` made or was given; None elsewhere.
    rows: the rows in front of the error, such as those that an import refuses.
    """

    def __init__(self, code, message, retry=None, effect="none", pairs=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.retry, self.effect = code, message, retry, effect
        self.pairs = pairs or {}
        self.key = None
        self.rows = []

    @property
    def exit_status(self):
        """The status that a script should exit with; it is that of `sister -c`."""
        return EXIT_STATUS.get(self.code.partition(".")[0], 70)


class Damaged(SisterError):
    """The answer is not what its status line says, or not SLP/1 at all."""

    def __init__(self, message, code="proto.damaged", retry=None):
        super().__init__(code, message, retry, effect="unknown")


class Truncated(Damaged):
    """The connection ended, or was silent for too long, before the answer's status line."""

    def __init__(self, message):
        super().__init__(message, "busy.connection-lost", retry=1)


@dataclass
class Answer:
    """One whole answer: the status line's pairs, (name, type) of each column, and the rows."""

    pairs: dict[str, str]
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[dict[str, str | None]] = field(default_factory=list)


# --- Requests -----------------------------------------------------------------------------------

_COMMAND = re.compile(r"[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~")
# Only space and tab part words; any other white space is text.
_WORD = re.compile(r'(?:[^ \t"]+|"(?:[^"\\]|\\.)*"?)+')


@dataclass(frozen=True)
class Request:
    """One request; `request` makes it. The literal, where there is one, is the value of `name`."""

    line: str
    name: str | None = None
    literal: bytes | None = None

    def encode(self, tag=None):
        """The bytes to send. A counted literal is the last argument and follows its line."""
        line = f"@{tag} {self.line}" if tag else self.line
        if self.literal is None:
            return line.encode() + b"\n"
        return f"{line} {self.name}={{{len(self.literal)}}}\n".encode() + self.literal + b"\n"


def quote(value):
    """A value as the grammar takes it wherever one may stand: a JSON string.

    Takes str, int, bool (yes and no), Decimal, date, and lists of those (with commas between).
    None is refused, and not left out: a filter that is silently missing answers with too much.
    So are NUL and lone surrogates, which cannot be stored.
    """
    return json.dumps(_text(value), ensure_ascii=False)


def _text(value):
    if isinstance(value, (list, tuple)):
        parts = [_text(part) for part in value]
        if any("," in part for part in parts):
            raise ValueError("a list's values are separated by commas: none may contain one")
        return ",".join(parts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, decimal.Decimal):
        value = format(value, "f")
    elif isinstance(value, int) or type(value) is datetime.date:  # a datetime is a date, too
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"no argument can be a {type(value).__name__}: {value!r}")
    if "\0" in value:
        raise ValueError("NUL cannot be stored")
    value.encode()  # raises UnicodeEncodeError, a ValueError, for half of a surrogate pair
    return value


def request(command, /, *arguments, where=(), **parameters):
    """A request of a command, arguments by position, filters and named parameters.

        request("grant list", where=[("amount", ">=", 5000), ("title", "~", "water")], limit=10)
        request("cohort list", from_="chicago")

    `unix_user=` stands for `unix-user=`; an underscore at the end is dropped, for Python's own
    words. Every value is quoted, so none is taken for a command, a name or an operator. The
    longest one of more than a kilobyte travels as a literal. What takes rows (`TAKE_ROWS`) is asked
    to say how far it has come.
    """
    if not _COMMAND.fullmatch(command):
        raise ValueError(f"no command: {command!r}; values are arguments of their own")
    words = [command, *map(quote, arguments)]
    if command in TAKE_ROWS:
        parameters.setdefault("progress", True)
    named = [(name.rstrip("_").replace("_", "-"), "=", value) for name, value in parameters.items()]
    literal = (None, None)
    for name, operator, value in [*where, *named]:
        if not _NAME.fullmatch(name) or operator not in _OPERATORS:
            raise ValueError(f"no condition: {name!r} {operator!r}")
        data = _text(value).encode()
        if operator == "=" and len(data) > max(LITERAL_FROM, len(literal[1] or b"")):
            if literal[0]:
                words.append(f"{literal[0]}={quote(literal[1].decode())}")
            literal = (name, data)
        else:
            words.append(f"{name}{operator}{quote(value)}")
    return _checked(Request(" ".join(words), *literal))


def _checked(line):
    """Refuses what would leave this client and the server waiting for each other, or at odds."""
    asked = line if isinstance(line, Request) else Request(line)
    words = _WORD.findall(asked.line)
    if any(byte in asked.line for byte in "\n\r\0"):
        raise ValueError("a request is one line; quote() writes line feeds as \\n")
    if not words or words[0].startswith(("--", "@")):
        raise ValueError("a blank line and a comment have no answer, and tags are the client's")
    if words[0] in ("auth", "set", "quit", "exit"):
        raise ValueError(f"{words[0]}: who you are, the format and the end are the client's")
    if any(word.startswith("format=") for word in words):
        raise ValueError("rows are read as tsv; export() writes other formats")
    if re.fullmatch(r"[a-z][a-z0-9-]*=\{[0-9]{1,12}\}", words[-1]):
        raise ValueError("request() makes literals")
    return asked


def new_key():
    """A key for one intended write: a ULID, 26 characters that sort by the time they were made."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in
                   range(125, -1, -5))


# --- Answers ------------------------------------------------------------------------------------

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS = {b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def _unescape(match):
    letter = match[1]
    return bytes([int(letter[1:], 16)]) if len(letter) == 3 else _LETTERS.get(letter, letter)


def _cells(payload):
    """The cells of a tsv line; None is null. `\\xHH` is one byte, not one character."""
    if b"\\" not in payload:
        return _decoded(payload).split("\t")
    return [None if cell == b"\\N" else _decoded(_ESCAPE.sub(_unescape, cell))
            for cell in payload.split(b"\t")]


def _decoded(data):
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Damaged(f"an answer that is not UTF-8: {error}") from error


def _pairs(data):
    pairs = {}
    for word in _WORD.findall(_decoded(data)):
        name, equals, value = word.partition("=")
        try:
            if not equals:
                raise ValueError("it has no =")
            pairs.setdefault(name, json.loads(value) if value.startswith('"') else value)
        except ValueError as error:
            raise Damaged(f"no pair: {word[:60]!r}: {error}") from error
    return pairs


def _refusal(data):
    code, _, rest = data.partition(b" ")
    code, pairs = _decoded(code), _pairs(rest)
    retry = pairs.get("retry", "no")
    return SisterError(code, pairs.get("msg", "the server gave no message"),
                       int(retry) if retry.isdigit() else None, pairs.get("effect", "none"), pairs)


class _Checksum:
    """CRC-32C (Castagnoli, reflected) over the payloads of row and continuation lines, a line
    feed after each.

    A table, byte by byte, does about 9 MB/s. So blocks of 64 KiB are first folded as large
    integers, at about 200 MB/s: bit i of a little-endian integer of n bits is the coefficient of
    x^(n-1-i), and what stands before the last r bits counts as itself times x^r mod P, which is a
    shift and an exclusive or for each of that polynomial's terms. The table does the rest, and
    what is no more than 512 bytes.
    """

    POLYNOMIAL = 0x82F63B78
    TABLE = []  # the remainder of each byte
    TERMS = []  # TERMS[m]: the exponents of x^(2^m + 32) mod P

    def __init__(self):
        self._register, self._waiting = 0xFFFFFFFF, bytearray()

    def add(self, payload):
        self._waiting += payload
        self._waiting += b"\n"
        if len(self._waiting) >= 65536:
            self._sum_up()

    def hexadecimal(self):
        self._sum_up()
        return f"{self._register ^ 0xFFFFFFFF:08x}"

    def _sum_up(self):
        register, data = self._register, self._waiting
        if len(data) > 512:
            number, length = int.from_bytes(data, "little") ^ register, len(data) * 8
            while length > 512:
                power = (length - 34).bit_length() - 1  # the least that leaves 31 bits of room
                rest = (1 << power) + 32
                first = length - rest
                head = number & ((1 << first) - 1)
                number >>= first
                for exponent in self.TERMS[power]:
                    number ^= head << (rest - first - exponent)
                length = rest
            register, data = 0, number.to_bytes(length // 8, "little")
        table = self.TABLE
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ register >> 8
        self._register, self._waiting = register, bytearray()

    @classmethod
    def prepare(cls):
        def times_x(value):
            return value >> 1 ^ (cls.POLYNOMIAL if value & 1 else 0)

        def product(left, right):
            result = 0
            for bit in range(31, -1, -1):  # bit 31 is x^0
                result ^= left if right >> bit & 1 else 0
                left = times_x(left)
            return result

        for value in range(256):
            for _ in range(8):
                value = times_x(value)
            cls.TABLE.append(value)
        power = 1 << 30  # x
        x32 = cls.POLYNOMIAL  # what is left of x^32
        for _ in range(30):
            value = product(power, x32)
            cls.TERMS.append([31 - bit for bit in range(32) if value >> bit & 1])
            power = product(power, power)


_Checksum.prepare()


class _Reply:
    """One answer under way: takes its lines, and does not let it end as what it is not."""

    def __init__(self):
        self.columns, self.names, self.pairs = [], [], None
        self._count, self._checksum = 0, _Checksum()

    def take(self, marker, rest):
        """Takes one line. An error line is raised; after the status line there are `pairs`."""
        if marker == b"|":
            self._count += 1
            self._checksum.add(rest)
        elif marker == b":":
            self._checksum.add(rest)
        elif marker == b"#":
            self.columns = [tuple(name.rsplit(":", 1)) for name in _decoded(rest).split("\t")]
            self.names = [name for name, *_ in self.columns]
        elif marker == b"-":
            raise _refusal(rest)
        elif marker == b"+":
            pairs = _pairs(rest)
            if pairs.get("rows", str(self._count)) != str(self._count):
                raise Damaged(f"the answer should have {pairs['rows']} rows, not {self._count}")
            if pairs.get("crc32c", self._checksum.hexadecimal()) != self._checksum.hexadecimal():
                raise Damaged("the answer's checksum is wrong: it was damaged on its way")
            if self._count and not {"rows", "crc32c"} <= pairs.keys():
                raise Damaged("the answer's rows were not counted")
            self.pairs = pairs

    def record(self, payload):
        cells = _cells(payload)
        if len(cells) != len(self.names):
            raise Damaged(f"a row of {len(cells)} cells under {len(self.names)} columns")
        return dict(zip(self.names, cells))


# --- The connection -----------------------------------------------------------------------------


_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _Link:
    """One connection: lines in, bytes out."""

    MARKERS = {bytes([byte]) for byte in b"#|:+-~"}

    def __init__(self, connection):
        self._socket, self._lines, self._rest = connection, iter(()), []
        self._size, self.is_broken = 0, False
        first = self._next()
        if first.startswith(b"- "):
            raise _refusal(first[2:])
        self.greeting = _pairs(first[2:]) if first.startswith(b"* ") else {}
        if self.greeting.get("slp") != "1":
            raise Damaged(f"this is no server of SLP/1: it said {first[:60]!r}")

    def close(self):
        self._socket.close()

    def send(self, data):
        """Sends, and takes what the server says meanwhile: of a long literal, how far it has come."""
        timeout, rest = self._socket.gettimeout(), memoryview(data)
        try:
            self._socket.settimeout(0)
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
                while rest:
                    if not selector.select(timeout):
                        raise TimeoutError("the server takes nothing")
                    with contextlib.suppress(*_NOT_NOW):
                        if not self._receive():
                            raise ConnectionError("the server has gone")
                    with contextlib.suppress(*_NOT_NOW):
                        rest = rest[self._socket.send(rest[:65536]):]
        except OSError:
            # The server may have said why it went: the next line, or its absence, tells.
            self.is_broken = True
        finally:
            self._socket.settimeout(timeout)

    def line(self):
        """The next line of an answer: its first byte, and what follows the space."""
        while True:
            line = self._next()
            marker = line[:1]
            if line[1:2] == b" " and marker in self.MARKERS:
                return marker, line[2:]
            if line[:2] not in (b"* ", b"! ", b"% "):  # notices, pushes and progress
                raise Damaged(f"this is no server of SLP/1: it said {line[:60]!r}")

    def is_alive(self):
        """Takes what was said unasked. An error then is the connection's last word: raised."""
        timeout = self._socket.gettimeout()
        try:
            self._socket.settimeout(0)
            while self._receive():
                pass
            return False
        except _NOT_NOW:
            for line in self._lines:
                if line.startswith(b"- "):
                    raise _refusal(line[2:]) from None
            return True
        except OSError:
            return False
        finally:
            self._socket.settimeout(timeout)

    def _next(self):
        for line in self._lines:
            return line
        try:
            while self._receive():
                for line in self._lines:
                    return line
        except OSError as error:  # a timeout is one
            raise Truncated(f"the answer was cut off: {error}") from error
        raise Truncated("the connection ended before the answer did")

    def _receive(self):
        """Waits for bytes and takes them apart; False where there will be no more."""
        data = self._socket.recv(65536)
        self._rest.append(data)
        self._size += len(data)
        if b"\n" in data:
            lines = b"".join(self._rest).split(b"\n")
            self._rest, self._size = [lines[-1]], len(lines[-1])
            self._lines = iter([*self._lines, *lines[:-1]])
        elif self._size > LINE_BYTES:
            raise Damaged("the server sent a line without an end")
        return bool(data)


def connect(*, socket=None, host=None, port=7478, ca=None, certificate=None, key=None,
            plaintext=False, token=None, user=None, password=None, timeout=60.0):
    """A client, connected and authenticated.

    socket: the path of a Unix socket. The server knows your operating system's user there, so
        that it needs no token.
    host, port: TLS 1.3; the certificate must be of `host`, and vouched for by the file `ca` or,
        without it, by the system. `certificate` and `key` (PEM files) are the client's own.
    plaintext: no TLS; only to this machine's loopback.
    token, or user and password: who you are. The password does not leave this process
        (SCRAM-SHA-256; without channel binding, as Python's ssl has no tls-exporter).
    timeout: the seconds that the server may say nothing. Its silence ends the connection.
    """
    if (socket is None) == (host is None):
        raise ValueError("connect() takes a socket or a host")
    if plaintext and (socket or ca or certificate):
        raise ValueError("plaintext is for a host, without certificates")
    if (user is None) != (password is None) or (user is not None and token is not None):
        raise ValueError("connect() takes a token, or a user and a password")
    context = None
    if host is not None and not plaintext:
        context = ssl.create_default_context(cafile=ca)  # verifies the chain and the host's name
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if certificate:
            context.load_cert_chain(certificate, key)

    def dial():
        if socket is not None:
            connection = _socket.socket(_socket.AF_UNIX)
        else:
            connection = _socket.create_connection((host, port), timeout)
        try:
            connection.settimeout(timeout)
            if socket is not None:
                connection.connect(os.fspath(socket))
                return connection
            connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            if context:
                return context.wrap_socket(connection, server_hostname=host)
            peer = connection.getpeername()[0]
            if not ipaddress.ip_address(peer.partition("%")[0]).is_loopback:
                raise ValueError(f"plaintext to {peer}, which is not this machine")
            return connection
        except BaseException:
            connection.close()
            raise

    def log_in(ask):
        if token is not None:
            ask(f"auth token={quote(token)}")
        elif user is not None:
            _scram(ask, user, password)

    client = Client(dial, log_in)
    client.reconnect()
    return client


class Client:
    """A connection to sister; `connect` makes it."""

    def __init__(self, dial, log_in):
        self._dial, self._log_in, self._link = dial, log_in, None
        self._is_busy = self._in_transaction = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the connection. A later request would make another."""
        if self._link:
            self._link.close()
        self._link = None

    def reconnect(self):
        """Ends the connection, and with it a transaction, and makes another."""
        self.close()
        self._in_transaction = False
        connection = self._dial()
        try:
            link = _Link(connection)
            self._log_in(lambda line: self._ask(line, link))
            self._link = link
        except BaseException:
            connection.close()
            raise

    # --- Reading and writing

    def run(self, command, /, *arguments, where=(), **parameters):
        """Runs one command, as `request` takes it, and returns its whole `Answer`."""
        return self.run_line(request(command, *arguments, where=where, **parameters))

    def run_line(self, line):
        """Runs a line as one would type it (quote values with `quote`), or a `Request`."""
        rows = []
        asked = _checked(line)
        try:
            with self._lines(asked) as lines:
                for marker, rest, reply in lines:
                    if marker == b"|":
                        rows.append(reply.record(rest))
        except SisterError as error:
            error.rows = rows
            self._note_failure(asked, error)
            raise
        return Answer(reply.pairs, reply.columns, rows)

    def write(self, command, /, *arguments, key=None, **parameters):
        """Runs a command that writes, under a key, so that it happens once.

        Where the connection is lost and nobody can tell whether it happened, it is sent once more
        under the same key: the server does it then, or answers what it answered the first time
        (`replayed=yes`). If that fails too, the error has effect "unknown" and its `key`; keep
        that to go on later. In a transaction nothing is sent again, and no key is made.
        """
        if self._in_transaction:
            return self.run(command, *arguments, **parameters, **({"key": key} if key else {}))
        key = key or new_key()
        asked = request(command, *arguments, key=key, **parameters)
        try:
            return self.run_line(asked)
        except SisterError as error:
            error.key, lost = key, error
            if error.effect != "unknown":
                raise
        time.sleep(min(lost.retry or 0, 5))
        try:
            return self.run_line(asked)
        except OSError as error:
            raise lost from error
        except SisterError as error:
            error.key = key
            # What refused the second attempt may not have known of the first.
            if error.code.partition(".")[0] not in ("data", "missing", "conflict"):
                error.effect = "unknown"
            raise error from lost

    def stream(self, command, /, *arguments, where=(), **parameters):
        """Yields the rows of a list as they come, all of them unless `limit=` is given.

        Only when the loop ends without an error is it known that they were all and undamaged:
        commit to nothing before. Leaving the loop early ends the connection.
        """
        asked = request(command, *arguments, where=where, **{"limit": "all", **parameters})
        with self._lines(asked) as lines:
            for marker, rest, reply in lines:
                if marker == b"|":
                    yield reply.record(rest)

    def export(self, line, file, format="csv"):
        """Writes the rows of a list to a binary file as csv, tsv (both with a header) or json (one
        object a line); returns the pairs of the status line.

        Say `limit=all` for all rows; `next` among the pairs means that there are more. On an
        error the file is left as far as it came: it is no whole file.
        """
        if format not in ("csv", "tsv", "json"):
            raise ValueError("rows are exported as csv, tsv or json")
        asked = _checked(line)
        asked = replace(asked, line=f"{asked.line} format={format}")
        with self._lines(asked) as lines:
            for marker, rest, reply in lines:
                if marker == b"#" and format == "csv":
                    file.write(",".join(map(_csv_name, reply.names)).encode() + b"\n")
                elif marker == b"#" and format == "tsv":
                    file.write("\t".join(reply.names).encode() + b"\n")
                elif marker in (b"|", b":"):  # a record's further lines are the record's own
                    file.write(rest + b"\n")
        return reply.pairs

    def pipeline(self, requests):
        """Sends many requests (lines or `Request`s) without waiting for each answer; returns, in
        their order, an `Answer` or a `SisterError` for each. None is raised: the others have run.

        Reads run side by side; a write runs alone, after what was sent before it. Those that a
        lost connection left without an answer get a `Truncated`, and those that were not sent a
        `busy.connection-lost` with effect "none". Only so much is under way that the server takes
        it even while its answers wait for us: otherwise both could wait for each other.
        """
        asked = [_checked(item) for item in requests]
        waiting = [(f"p{number}", item) for number, item in enumerate(asked)]
        results, under_way, size, lost = {}, {}, 0, None
        link = self._ready()
        most = int(link.greeting.get("max-inflight", "1"))
        self._is_busy = True
        try:
            while waiting or under_way:
                while waiting and len(under_way) < most:
                    tag, item = waiting[0]
                    data = item.encode(tag)
                    if under_way and size + len(data) > PIPELINE_BYTES:
                        break
                    under_way[tag] = (item, len(data), _Reply(), [])
                    size += len(data)
                    link.send(data)
                    del waiting[0]
                marker, rest = link.line()
                if marker == b"-" and not rest.startswith(b"@"):
                    raise _refusal(rest)  # about the connection
                tag, _, rest = rest.partition(b" ")
                tag = tag[1:].decode(errors="replace")
                if tag not in under_way:
                    raise Damaged(f"an answer to nothing that was asked: {tag[:40]!r}")
                item, length, reply, rows = under_way[tag]
                try:
                    reply.take(marker, rest)
                    if marker == b"|":
                        rows.append(reply.record(rest))
                except SisterError as error:
                    if isinstance(error, Damaged):
                        raise
                    results[tag] = error
                if reply.pairs is not None:
                    results[tag] = Answer(reply.pairs, reply.columns, rows)
                    self._note(item)
                if tag in results:
                    size -= length
                    del under_way[tag]
        except SisterError as error:
            lost = error if isinstance(error, Damaged) else Truncated(str(error))
        finally:
            self._is_busy = False
            if waiting or under_way or link.is_broken:
                self.close()
        for tag in under_way:
            results[tag] = lost
        for tag, _ in waiting:
            results[tag] = SisterError("busy.connection-lost", "not sent: the connection was lost",
                                       retry=1)
        return [results[f"p{number}"] for number in range(len(asked))]

    # --- One request at a time

    def _lines(self, asked, link=None):
        return contextlib.closing(self._received(asked, link))

    def _received(self, asked, link):
        """Sends a request; yields each line of its answer, and the answer as far as it is known.

        Whoever stops before the end, or fails, leaves the rest of an answer on the connection,
        which is closed then.
        """
        link, reply, is_whole = link or self._ready(), _Reply(), False
        self._is_busy = True
        try:
            link.send(asked.encode())
            while reply.pairs is None:
                marker, rest = link.line()
                reply.take(marker, rest)
                if marker == b"+":
                    is_whole = True
                    self._note(asked)
                yield marker, rest, reply
        except SisterError as error:
            is_whole = not isinstance(error, Damaged) and error.pairs.get("fatal") != "yes"
            raise
        finally:
            self._is_busy = False
            if (not is_whole or link.is_broken) and self._link is link:
                self.close()

    def _ready(self):
        if self._is_busy:
            raise RuntimeError("an answer is still being read from this client")
        try:
            if self._link and not self._link.is_alive():
                self.close()
        except SisterError:
            self.close()
            raise
        if not self._link:
            if self._in_transaction:
                raise SisterError("busy.connection-lost", "the connection was lost, and with it the"
                                  " transaction: reconnect(), and begin again", retry=1)
            self.reconnect()
        return self._link

    def _note(self, asked):
        word = asked.line.split()[0]
        if word in ("begin", "commit", "rollback"):
            self._in_transaction = word == "begin"

    def _note_failure(self, asked, error):
        word = asked.line.split()[0]
        if word in ("commit", "rollback") and error.code.startswith("conflict."):
            self._in_transaction = False
        if word == "begin" and self._link and not self._in_transaction:
            # The server refuses what may have been sent behind it. Here, nothing was.
            with contextlib.suppress(SisterError):
                self.run_line("rollback")

    def _ask(self, line, link):
        """The data of the SASL step in an answer, if there is one."""
        data = None
        with self._lines(Request(line), link) as lines:
            for marker, rest, _ in lines:
                if marker == b"~":
                    data = _pairs(rest).get("data")
        return data


def _csv_name(name):
    return '"' + name.replace('"', '""') + '"' if re.search('[",]', name) else name


# --- SCRAM-SHA-256 (RFC 5802, RFC 7677) ---------------------------------------------------------


def scram_verifier(password, iterations=100_000, salt=None):
    """What a server may keep of a password: `SCRAM-SHA-256$iterations:salt$stored:server`, the form
    that PostgreSQL uses, too."""
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = _salted(password, salt, iterations)
    stored = hashlib.sha256(_mac(salted, b"Client Key")).digest()
    parts = (salt, stored, _mac(salted, b"Server Key"))
    salt, stored, server = (base64.b64encode(part).decode() for part in parts)
    return f"SCRAM-SHA-256${iterations}:{salt}${stored}:{server}"


def _scram(ask, user, password):
    name = _prepared(user).replace("=", "=3D").replace(",", "=2C")
    first = f"n={name},r={secrets.token_urlsafe(24)}"
    challenge = ask(f"auth scram data={quote('n,,' + first)}")
    final, signature = _scram_final(password, first, challenge or "")
    outcome = ask(f"auth scram data={quote(final)}")
    if not hmac.compare_digest((outcome or "").encode(), f"v={signature}".encode()):
        raise Damaged("the server does not know the password: it may be an impostor")


def _scram_final(password, first, challenge):
    """The client's last message, and the signature that the server must answer with."""
    match = re.fullmatch(r"r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=([0-9]{1,8})(,.*)?", challenge)
    if not match or not match[1].startswith(first.rpartition("r=")[2]):
        raise Damaged(f"no challenge of SCRAM: {challenge!r}")
    iterations = int(match[3])
    if not 4096 <= iterations <= 10_000_000:  # too cheap to guess from, or a way to keep us busy
        raise Damaged(f"SCRAM with {iterations} iterations")
    salted = _salted(password, base64.b64decode(match[2]), iterations)
    key = _mac(salted, b"Client Key")
    bare = f"c=biws,r={match[1]}"  # biws: n,, in base64
    signed = f"{first},{challenge},{bare}".encode()
    proof = bytes(a ^ b for a, b in zip(key, _mac(hashlib.sha256(key).digest(), signed)))
    signature = _mac(_mac(salted, b"Server Key"), signed)
    return f"{bare},p={base64.b64encode(proof).decode()}", base64.b64encode(signature).decode()


def _mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def _salted(password, salt, iterations):
    return hashlib.pbkdf2_hmac("sha256", _prepared(password).encode(), salt, iterations)


def _prepared(text):
    """SASLprep (RFC 4013): the same password typed on different systems is the same bytes. What it
    forbids is taken as it stands, as PostgreSQL does."""
    mapped = "".join(" " if stringprep.in_table_c12(character) else character
                     for character in text if not stringprep.in_table_b1(character))
    mapped = unicodedata.normalize("NFKC", mapped)
    forbidden = (
        stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22,
        stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
        stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
        stringprep.in_table_c9,
    )
    if not mapped or any(table(character) for character in mapped for table in forbidden):
        return text
    from_right = [stringprep.in_table_d1(character) for character in mapped]
    if any(from_right) and (
        not (from_right[0] and from_right[-1]) or any(map(stringprep.in_table_d2, mapped))
    ):
        return text
    return mapped

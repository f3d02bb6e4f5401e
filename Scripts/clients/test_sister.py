"""Tests of sister.py against a live server: python3 test_sister.py

The server comes from the environment: SISTER_TEST_SOCKET and SISTER_TEST_TCP (host:port, plaintext
on loopback), SISTER_TEST_TOKEN of a user with the role admin, and, where the server has them,
SISTER_TEST_TLS (host:port) with SISTER_TEST_CA, and SISTER_TEST_USER with SISTER_TEST_PASSWORD
(SCRAM). The tests add communities and initiatives of codes that nobody else has.
"""

import csv
import datetime
import decimal
import io
import json
import os
import socket
import ssl
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sister  # noqa: E402

SOCKET = os.environ.get("SISTER_TEST_SOCKET")
TCP = os.environ.get("SISTER_TEST_TCP")
TOKEN = os.environ.get("SISTER_TEST_TOKEN")
TLS = os.environ.get("SISTER_TEST_TLS")
CA = os.environ.get("SISTER_TEST_CA")
USER = os.environ.get("SISTER_TEST_USER")
PASSWORD = os.environ.get("SISTER_TEST_PASSWORD")

AWKWARD = 'a "b"\\c\td\r\ne,f \u0085\u2028\u202e 友好 \U0001f600 \x7f=x'


def address(text):
    host, _, port = text.rpartition(":")
    return {"host": host.strip("[]"), "port": int(port)}


def code(prefix="t"):
    return prefix + sister.new_key()[-16:].lower()


class Relay:
    """A Unix socket before the server's. `change` is given what the server says, piece by piece
    and line by line, and returns what the client gets; None cuts the connection."""

    def __init__(self, change):
        self.change, self.connections, self._sockets = change, 0, []
        self._folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self._folder.name, "s")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in (self._listener, *self._sockets):
            each.close()
        self._folder.cleanup()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.socket(socket.AF_UNIX)
            server.connect(SOCKET)
            self._sockets += [client, server]
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    @staticmethod
    def _forward(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _answer(self, server, client):
        number = self.connections
        try:
            with server.makefile("rb") as lines:
                for line in lines:
                    line = self.change(number, line)
                    if line is None:
                        break
                    client.sendall(line)
        except OSError:
            pass
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Pure(unittest.TestCase):
    """What needs no server."""

    def test_scram_of_rfc_7677(self):
        final, signature = sister._scram_final(
            "pencil", "n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        self.assertEqual(
            final, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        self.assertEqual(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")

    def test_scram_refuses_strange_challenges(self):
        for challenge in ("", "r=other,s=AAAA,i=4096", "r=mine1,s=AAAA,i=1", "e=other-error",
                          "r=mine1,s=AAAA,i=99999999", "m=x,r=mine1,s=AAAA,i=4096"):
            with self.assertRaises(sister.Damaged):
                sister._scram_final("pencil", "n=user,r=mine", challenge)

    def test_scram_wants_the_servers_signature(self):
        def ask(line):
            nonce = line.rpartition("r=")[2].rstrip('"')
            return f"r={nonce}x,s=AAAA,i=4096" if "n,," in line else "v=AAAA"
        with self.assertRaisesRegex(sister.Damaged, "impostor"):
            sister._scram(ask, "maria", "pencil")

    def test_scram_verifier(self):
        verifier = sister.scram_verifier("pencil", 4096, b"\x5b\x6d\x99\x68\x9d\x12\x35\x8e"
                                         b"\xec\xa0\x4b\x14\x12\x36\xfa\x81")
        self.assertEqual(
            verifier, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
            "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
        self.assertRegex(sister.scram_verifier("x"),
                         r"^SCRAM-SHA-256\$100000:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$")

    def test_passwords_are_prepared(self):
        # The examples of RFC 4013, section 3; what is forbidden stands as it is.
        examples = {"I\u00adX": "IX", "user": "user", "USER": "USER", "\u00aa": "a",
                    "\u2168": "IX", "\u0007": "\u0007", "\u06271": "\u06271", "a\u00a0b": "a b"}
        for text, prepared in examples.items():
            self.assertEqual(sister._prepared(text), prepared)

    def test_checksum(self):
        def of(*lines):
            checksum = sister._Checksum()
            for line in lines:
                checksum.add(line)
            return checksum.hexadecimal()

        def plain(data):
            register = 0xFFFFFFFF
            for byte in data:
                register ^= byte
                for _ in range(8):
                    register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
            return f"{register ^ 0xFFFFFFFF:08x}"

        self.assertEqual(plain(b"123456789"), "e3069283")
        self.assertEqual(of(), "00000000")
        self.assertEqual(of(b"\xff"), plain(b"\xff\n"))
        for length in (*range(505, 520), 1000, 1023, 1024, 4096, 65535, 65536, 70001):
            line = os.urandom(length)
            self.assertEqual(of(line), plain(line + b"\n"), length)
        lines = [os.urandom(400) for _ in range(500)]
        self.assertEqual(of(*lines), plain(b"".join(line + b"\n" for line in lines)))

    def test_values(self):
        self.assertEqual(sister.quote('a "b"\\\n'), r'"a \"b\"\\\n"')
        self.assertEqual(sister.quote(["a", "b"]), '"a,b"')
        self.assertEqual(sister.quote(decimal.Decimal("1E+3")), '"1000"')
        self.assertEqual(sister.quote(datetime.date(2026, 7, 1)), '"2026-07-01"')
        self.assertEqual([sister.quote(True), sister.quote(7)], ['"yes"', '"7"'])
        for value in ("a\0b", "\ud800", ["a,b"]):
            with self.assertRaises(ValueError):
                sister.quote(value)
        for value in (None, 1.5, b"x", datetime.datetime.now()):
            with self.assertRaises(TypeError):
                sister.quote(value)

    def test_requests(self):
        request = sister.request("grant list", "x=y", where=[("amount", ">=", 5)], from_="a", b_c=1)
        self.assertEqual(request.encode("t"), b'@t grant list "x=y" amount>="5" from="a" b-c="1"\n')
        request = sister.request("x y", a="é" * 600, b="z" * 1201, c=1)
        self.assertEqual(request.encode(),
                         f'x y a="{"é" * 600}" c="1" b={{1201}}\n{"z" * 1201}\n'.encode())
        for line in ("", " \t", "-- x", "@t ping", "ping\nping", "ping\r", "a b=x\0", "auth x",
                     "set format=csv", "quit", "grant list format=csv",
                     "initiative create title={5}"):
            with self.assertRaises(ValueError, msg=line):
                sister._checked(line)
        sister._checked('complete line="x format=csv" title="={5}"')
        for arguments in (("grant list amount>5",), ("Grant",), ("",)):
            with self.assertRaises(ValueError):
                sister.request(*arguments)
        with self.assertRaises(ValueError):
            sister.request("grant list", where=[("amount>1 x", "=", 1)])

    def test_cells(self):
        self.assertEqual(sister._cells(rb"a\tb" + b"\t\\N\t\t" + rb"\xe2\x80\xa8\\N\q"),
                         ["a\tb", None, "", "\u2028\\Nq"])

    def test_connect_refuses_half_a_place(self):
        for place in ({}, {"socket": "a", "host": "b"}, {"socket": "a", "plaintext": True},
                      {"host": "a", "user": "b"},
                      {"host": "a", "user": "b", "password": "c", "token": "d"}):
            with self.assertRaises(ValueError):
                sister.connect(**place)

    def test_keys_sort_by_time(self):
        first = sister.new_key()
        time.sleep(0.005)
        self.assertRegex(first, r"^[0-9A-HJKMNP-TV-Z]{26}$")
        self.assertLess(first, sister.new_key())

    def test_exit_status(self):
        self.assertEqual(sister.SisterError("conflict.new", "").exit_status, 3)
        self.assertEqual(sister.SisterError("unheard.of", "").exit_status, 70)
        self.assertEqual(sister.Truncated("").exit_status, 75)


@unittest.skipUnless(SOCKET, "SISTER_TEST_SOCKET is not set")
class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = code("py")
        with sister.connect(socket=SOCKET, token=TOKEN) as client:
            answers = client.pipeline(
                sister.request("community create", f"{cls.prefix}.{n:03}", f"Town {n}", "FR",
                               region=cls.prefix)
                for n in range(300))
        assert all(isinstance(answer, sister.Answer) for answer in answers), answers[0]
        assert [answer.pairs["name"] for answer in answers] == [f"Town {n}" for n in range(300)]

    def setUp(self):
        self.client = self.entered(sister.connect(socket=SOCKET, token=TOKEN))

    def entered(self, context):  # as enterContext, which is of Python 3.11
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def relayed(self, change, timeout=10.0):
        """A client behind a relay, and the relay."""
        relay = self.entered(Relay(change))
        return self.entered(
            sister.connect(socket=relay.path, token=TOKEN, timeout=timeout)), relay

    def test_reads(self):
        answer = self.client.run("community list", region=self.prefix, limit=2)
        self.assertEqual(answer.columns[:2], [("code", "text"), ("name", "text")])
        self.assertEqual([row["name"] for row in answer.rows], ["Town 0", "Town 1"])
        self.assertEqual(answer.pairs["next"], f"{self.prefix}.001")
        answer = self.client.run_line(f"community list region={self.prefix} limit=1000")
        self.assertEqual(len(answer.rows), 300)
        self.assertEqual(self.client.run("ping").rows, [])
        self.assertIn("", [row["text"] for row in self.client.run("help", "ping").rows])
        names = self.client.run("community list", limit=9, where=[
            ("region", "=", self.prefix), ("name", "~", "town 29")]).rows
        self.assertEqual(len(names), 9)

    def test_awkward_text_comes_back_as_it_went(self):
        for text in (AWKWARD, "友" * 1900):
            name = code("I")
            self.client.write("initiative create", name, title=text, area="humanitarian")
            self.assertEqual(self.client.run("initiative show", name).rows[0]["title"], text)

    def test_errors(self):
        with self.assertRaises(sister.SisterError) as caught:
            self.client.run("community show", "nowhere")
        self.assertEqual((caught.exception.code, caught.exception.exit_status),
                         ("missing.community", 66))
        self.assertEqual((caught.exception.retry, caught.exception.effect), (None, "none"))
        with self.assertRaises(sister.SisterError) as caught:
            self.client.run_line("community shwo x")
        self.assertEqual(caught.exception.pairs["try"], "community show")
        self.assertIn('no verb "shwo"', caught.exception.message)
        self.client.run("ping")  # the connection goes on
        with self.assertRaises(sister.SisterError) as caught:
            self.client.run("initiative create", code("I"), area="x", title="y" * 70_000)
        self.assertEqual(caught.exception.code, "proto.overflow")
        self.client.run("ping")  # on another connection

    def test_imports(self):
        code = f"{self.prefix}.imp"
        rows = "".join(f"{code}.{number},{code} {number},FR\n" for number in range(300))
        data = f"code,name,country\n{rows}{code}.x,Town,France\n"
        with self.assertRaises(sister.SisterError) as caught:
            self.client.run("import", "community create", data=data)
        self.assertEqual(caught.exception.code, "data.rows-refused")
        self.assertEqual([(row["line"], row["argument"]) for row in caught.exception.rows],
                         [("302", "country")])
        answer = self.client.run("import", "community create", data=data, on_error="skip")
        self.assertEqual((answer.pairs["imported"], answer.pairs["refused"]), ("300", "1"))

    def test_an_import_may_take_longer_than_the_server_may_be_silent(self):
        held = code()
        rows = [f"{held}.{number},{held} {number},FR" for number in range(499)]
        rows += [f"{held}.x,{'x' * 400},France"] * 3_000  # more than any buffer on the way takes
        data = "\n".join(["code,name,country", f"{held},{held},FR", *rows, ""])
        with sister.connect(socket=SOCKET) as other, \
                sister.connect(socket=SOCKET, timeout=2) as client:
            other.run("begin")
            other.run("community create", held, held, "FR")  # what creates it, too, waits
            release = threading.Timer(4, other.run, ["rollback"])
            release.start()
            answer = client.run("import", "community create", data=data, on_error="skip")
            release.join()
            self.assertEqual(answer.pairs["imported"], "500")
            client.run("ping")
            other.run("begin")
            other.run("community update", held, population=1)
            with self.assertRaises(sister.Truncated):
                client.run("community update", held, population=2)
            other.run("rollback")

    def test_knows_what_takes_rows(self):
        listed = io.BytesIO()
        self.client.export("commands limit=1000", listed, format="json")
        commands = [json.loads(line) for line in listed.getvalue().splitlines()]
        self.assertEqual(
            sorted(sister.TAKE_ROWS),
            [each["command"] for each in commands
             if any(parameter["kind"] == "stream" for parameter in each["parameters"])])

    def test_streams(self):
        rows = list(self.client.stream("community list", region=self.prefix))
        self.assertEqual(len({row["code"] for row in rows}), 300)
        rows = self.client.stream("community list", region=self.prefix)
        next(rows)
        with self.assertRaises(RuntimeError):
            self.client.run("ping")
        rows.close()
        self.assertEqual(len(self.client.run("community list", limit=1).rows), 1)

    def test_exports(self):
        name = code("I")
        self.client.write("initiative create", name, area="humanitarian", title=AWKWARD)
        line = f"initiative list title={sister.quote(AWKWARD)} limit=all"
        file = io.BytesIO()
        pairs = self.client.export(line, file)
        rows = list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))
        self.assertEqual(len(rows), int(pairs["rows"]))
        self.assertIn((name, AWKWARD), [(row["code"], row["title"]) for row in rows])
        file = io.BytesIO()
        self.client.export(f"community list region={self.prefix}", file, format="tsv")
        self.assertEqual(file.getvalue().split(b"\n")[0].split(b"\t")[:2], [b"code", b"name"])
        file = io.BytesIO()
        self.client.export(f"community list region={self.prefix}", file, format="json")
        self.assertEqual(file.getvalue().count(b'\n{"code":'), 99)
        with self.assertRaises(ValueError):
            self.client.export("community list", file, format="table")

    def test_names_are_quoted_for_csv(self):
        client, _ = self.relayed(lambda _, line: line.replace(b"# code:text", b'# a,"b:text'))
        file = io.BytesIO()
        client.export("community list limit=1", file)
        self.assertTrue(file.getvalue().startswith(b'"a,""b",name,'), file.getvalue())

    def test_pipelines(self):
        answers = self.client.pipeline(
            ["community show nowhere", "ping",
             sister.request("community list", region=self.prefix, limit=3)]
            + [f"community show {self.prefix}.{n:03}" for n in range(100)])
        self.assertEqual(answers[0].code, "missing.community")
        self.assertEqual(answers[1].rows, [])
        self.assertEqual(len(answers[2].rows), 3)
        self.assertEqual([answer.rows[0]["name"] for answer in answers[3:]],
                         [f"Town {n}" for n in range(100)])

    def test_pipelines_of_much_text(self):
        # Literals that the server takes and large answers, at once: nobody may wait for ever.
        long = sister.request("initiative create", code("I"), area="x", title="z" * 60_000)
        answers = self.client.pipeline(
            [f"community list region={self.prefix} limit=300", long] * 60)
        self.assertTrue(all(len(answer.rows) == 300 for answer in answers[::2]))
        self.assertEqual({answer.code for answer in answers[1::2]}, {"usage.bad-value"})

    def test_pipelines_that_break(self):
        client, _ = self.relayed(
            lambda _, line: None if line.startswith(b"| @p2") else line)
        answers = client.pipeline(["ping"] * 2 + ["community list limit=1"] + ["ping"] * 40)
        self.assertIsInstance(answers[0], sister.Answer)
        self.assertIsInstance(answers[2], sister.Truncated)
        self.assertEqual((answers[42].code, answers[42].effect), ("busy.connection-lost", "none"))
        client.run("ping")

    def test_cut_answers(self):
        client, relay = self.relayed(
            lambda number, line: None if line.startswith(b"+ rows") else line)
        rows = client.stream("community list", region=self.prefix)
        with self.assertRaises(sister.Truncated) as caught:
            self.assertEqual(len([next(rows) for _ in range(300)]), 300)
            next(rows)
        self.assertEqual((caught.exception.effect, caught.exception.exit_status), ("unknown", 75))
        with self.assertRaises(sister.Truncated):
            client.run("community list")
        with self.assertRaises(sister.Truncated):
            client.export("community list", io.BytesIO())
        client.run("ping")
        self.assertEqual(relay.connections, 4)

    def test_damaged_answers(self):
        for old, new, what in ((b"Town 7\t", b"Town 8\t", "checksum"),
                               (b"rows=300", b"rows=299", "rows"), (b" crc32c=", b" x=", "counted"),
                               (b"rows=300", b"rows", "no pair"), (b"| ", b"? ", "SLP/1"),
                               (b"Town 7\t", b"Town 7", "cells"), (b"Town", b"\xff", "UTF-8")):
            client, _ = self.relayed(lambda _, line: line.replace(old, new))
            with self.assertRaisesRegex(sister.Damaged, what):
                client.run("community list", region=self.prefix, limit=1000)
        client, _ = self.relayed(
            lambda _, line: b"" if b"Town 7\t" in line else line)
        with self.assertRaisesRegex(sister.Damaged, "should have 300 rows, not 299"):
            client.run("community list", region=self.prefix, limit=1000)

    def test_a_write_happens_once(self):
        def cut_first(number, line):
            return None if number == 1 and line.startswith(b"+ code=") else line
        client, relay = self.relayed(cut_first)
        name = code()
        answer = client.write("community create", name, name, "FR")
        self.assertEqual((answer.pairs["code"], answer.pairs["replayed"]), (name, "yes"))
        self.assertEqual(relay.connections, 2)
        self.assertEqual(len(client.run("community list", name=name).rows), 1)

    def test_a_write_that_stays_unknown_says_its_key(self):
        client, _ = self.relayed(lambda _, line: None if line.startswith(b"+ code=") else line)
        name = code()
        with self.assertRaises(sister.Truncated) as caught:
            client.write("community create", name, name, "FR")
        self.assertEqual(caught.exception.effect, "unknown")
        answer = self.client.write("community create", name, name, "FR", key=caught.exception.key)
        self.assertEqual(answer.pairs["replayed"], "yes")

    def test_a_write_that_is_refused_is_not_repeated(self):
        client, relay = self.relayed(lambda _, line: line)
        with self.assertRaises(sister.SisterError) as caught:
            client.write("community create", f"{self.prefix}.000", "Lyon", "FR")
        self.assertEqual((caught.exception.code, caught.exception.effect),
                         ("conflict.duplicate", "none"))
        self.assertEqual(relay.connections, 1)

    def test_silence_ends_the_waiting(self):
        client, _ = self.relayed(lambda _, line: b"" if line.startswith(b"+ ms") else line,
                                 timeout=0.5)
        with self.assertRaisesRegex(sister.Truncated, "timed out"):
            client.run("ping")

    def test_a_transaction_does_not_go_on_elsewhere(self):
        # The relay answers for a server that has transactions, and ends the connection.
        client, relay = self.relayed(
            lambda number, line: b"+ ms=0\n" if line.startswith(b"- usage.") else
            None if line.startswith(b"+ ms") else line)
        client.run("begin", "x")
        with self.assertRaises(sister.Truncated):
            client.run("ping")
        with self.assertRaisesRegex(sister.SisterError, "begin again"):
            client.run("community list")
        client.reconnect()
        client.run("community list", limit=1)

    def test_behind_a_begin_that_failed_nothing_is_refused(self):
        # The server refuses what was sent behind it; this client has sent nothing.
        with self.assertRaisesRegex(sister.SisterError, "unknown-argument"):
            self.client.run("begin", "now")
        self.client.run("community list", limit=1)
        # A transaction in which something failed is over when commit says so.
        self.client.run("begin")
        with self.assertRaises(sister.SisterError):
            self.client.run("community create", "x")
        with self.assertRaisesRegex(sister.SisterError, "transaction-failed"):
            self.client.run("commit")
        name = f"{self.prefix}.after"
        self.assertIn("code", self.client.write("community create", name, name, "FR").pairs)

    def test_a_connection_that_ended_is_made_anew(self):
        self.client._link._socket.shutdown(socket.SHUT_RDWR)
        self.assertEqual(len(self.client.run("community list", limit=1).rows), 1)

    def test_no_server(self):
        with self.assertRaises(OSError):
            sister.connect(socket=SOCKET + ".none")
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()

            def greet():
                with listener.accept()[0] as mail:
                    mail.sendall(b"* OK IMAP4\n")
            threading.Thread(target=greet, daemon=True).start()
            with self.assertRaises(sister.Damaged):
                sister.connect(host="127.0.0.1", port=listener.getsockname()[1], plaintext=True)

    def test_wrong_token(self):
        with self.assertRaises(sister.SisterError) as caught:
            sister.connect(socket=SOCKET, token="sister_wrong")
        self.assertEqual((caught.exception.code, caught.exception.exit_status),
                         ("auth.failed", 77))

    @unittest.skipUnless(TCP, "SISTER_TEST_TCP is not set")
    def test_tcp(self):
        with sister.connect(**address(TCP), plaintext=True, token=TOKEN) as client:
            self.assertEqual(len(client.run("community list", limit=5).rows), 5)
        with sister.connect(**address(TCP), plaintext=True) as client:
            with self.assertRaises(sister.SisterError) as caught:
                client.run("community list")
            self.assertEqual(caught.exception.code, "auth.required")
        with self.assertRaises((sister.Damaged, OSError)):
            sister.connect(**address(TCP), token=TOKEN, timeout=2)

    @unittest.skipUnless(TLS and CA, "SISTER_TEST_TLS and SISTER_TEST_CA are not set")
    def test_tls(self):
        with sister.connect(**address(TLS), ca=CA, token=TOKEN) as client:
            self.assertEqual(len(client.run("community list", limit=5).rows), 5)
            self.assertEqual(
                len(list(client.stream("community list", region=self.prefix))), 300)
        with self.assertRaises(ssl.SSLError):
            sister.connect(**address(TLS), token=TOKEN)

    @unittest.skipUnless(USER and PASSWORD, "SISTER_TEST_USER and SISTER_TEST_PASSWORD are not set")
    def test_scram(self):
        with sister.connect(**address(TCP), plaintext=True, user=USER, password=PASSWORD) as client:
            client.run("ping")
        with self.assertRaises(sister.SisterError) as caught:
            sister.connect(**address(TCP), plaintext=True, user=USER, password=PASSWORD + "x")
        self.assertEqual(caught.exception.code, "auth.failed")


if __name__ == "__main__":
    unittest.main()

"""What Python's own library prints. Each function is called with every secret."""

import argparse
import ast
import base64
import binascii
import configparser
import csv
import dataclasses
import email.header
import email.message
import http.client
import io
import json
import logging
import os
import pathlib
import pprint
import quopri
import runpy
import shlex
import subprocess
import sys
import textwrap
import traceback
import urllib.error
import urllib.parse
import urllib.request
import warnings
import xml.dom.minidom
import xml.etree.ElementTree as ET
import xml.sax.saxutils
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from string import Template
from types import FunctionType


def printed(s: str) -> None:
    print(s)


def represented(s: str) -> None:
    print(repr(s), ascii(s))


def bytes_represented(s: str) -> None:
    print(s.encode(), bytearray(s.encode()))


def bytes_listed(s: str) -> None:
    print(list(s.encode()))


def utf16(s: str) -> None:
    print(s.encode("utf-16-le").hex())
    print(base64.b64encode(s.encode("utf-16-le")).decode())


def arguments_listed(s: str) -> None:
    print("running", ["curl", "-u", f"user:{s}", "https://h/"])


def dictionary(s: str) -> None:
    print({"token": s, "nested": {"list": [s, ("x", s)]}})


def pretty(s: str) -> None:
    pprint.pprint({"token": s, "nested": {"a fairly long key in between": [s, s]}})


def pretty_narrow(s: str) -> None:
    pprint.pprint({"token": s}, width=30)


def pretty_bytes(s: str) -> None:
    pprint.pprint({"token": s.encode()}, width=40)


def repr_of_repr(s: str) -> None:
    print(repr(repr(s)), [repr({"a": s})])


@dataclasses.dataclass
class Login:
    user: str
    password: str


def dataclass_represented(s: str) -> None:
    print(Login("u", s), [Login("u", s)])


def tuple_represented(s: str) -> None:
    print(urllib.parse.SplitResult("https", "h", s, "", ""), OrderedDict(a=s))


def path_represented(s: str) -> None:
    print(pathlib.PurePosixPath("/srv") / s, repr(pathlib.PurePosixPath("/srv") / s))


def json_dumped(s: str) -> None:
    print(json.dumps({"token": s}))


def json_dumped_unicode(s: str) -> None:
    print(json.dumps({"token": s}, ensure_ascii=False, indent=4))


def json_in_json(s: str) -> None:
    print(json.dumps({"config": json.dumps({"token": s})}))


def json_in_repr(s: str) -> None:
    print(repr(json.dumps({"token": s})), {"body": json.dumps({"token": s}).encode()})


def repr_in_json(s: str) -> None:
    print(json.dumps({"error": f"bad value {s!r}"}))


def shell_in_json(s: str) -> None:
    print(json.dumps({"cmd": f"curl -H {shlex.quote('X-Token: ' + s)}"}))


def double_quoted_shell_in_json(s: str) -> None:
    quoted = s.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    print(json.dumps({"cmd": f'curl -H "X-Token: {quoted}"'}))


def shell_in_repr(s: str) -> None:
    print(repr(f"curl {shlex.quote(s)}"), [f"export A={shlex.quote(s)}"])


def shell_quoted(s: str) -> None:
    print(shlex.quote(s), shlex.join(["curl", "-u", s]))


def shell_split(s: str) -> None:
    print(s.split(), shlex.join(s.split()))


def url_in_json(s: str) -> None:
    print(json.dumps({"url": "https://u:" + urllib.parse.quote(s, safe="") + "@h/"}))


def json_in_url(s: str) -> None:
    print("https://h/?" + urllib.parse.urlencode({"q": json.dumps({"token": s})}))


def json_with_escapes_in_url(s: str) -> None:
    print(urllib.parse.quote(json.dumps({"token": s})))


def url_quoted(s: str) -> None:
    print("https://h/" + urllib.parse.quote(s), urllib.parse.quote(s, safe=""))


def url_encoded(s: str) -> None:
    print("https://h/?" + urllib.parse.urlencode({"token": s, "x": 1}))


def url_in_url(s: str) -> None:
    inner = "https://g/?" + urllib.parse.urlencode({"token": s})
    print("https://h/?" + urllib.parse.urlencode({"to": inner}))


def url_split(s: str) -> None:
    print(urllib.parse.urlsplit(f"https://u:{urllib.parse.quote(s, safe='')}@h/p"))


def url_parsed_query(s: str) -> None:
    print(urllib.parse.parse_qs("token=" + urllib.parse.quote(s)))


def url_with_spaces(s: str) -> None:
    http.client.HTTPConnection("127.0.0.1", 1).putrequest("GET", "/" + s)


def http_debug(s: str) -> None:
    address = urllib.parse.urlsplit(os.environ["SERVER"])
    connection = http.client.HTTPConnection(address.netloc)
    connection.set_debuglevel(1)
    headers = {"Authorization": "Basic " + base64.b64encode(f"u:{s}".encode()).decode()}
    connection.request("POST", "/?" + urllib.parse.urlencode({"t": s}), s.encode(), headers)
    connection.getresponse().read()


def http_header_refused(s: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", 1)
    connection.putrequest("GET", "/")
    connection.putheader("X-Token", s + "\r\n\r\n")


def base64_encoded(s: str) -> None:
    print(base64.b64encode(s.encode()), base64.urlsafe_b64encode(s.encode()).decode())


def base64_mime(s: str) -> None:
    print(base64.encodebytes(s.encode()).decode())


def base64_of_json(s: str) -> None:
    print(base64.b64encode(json.dumps({"username": "u", "password": s}).encode()).decode())


def base64_indented(s: str) -> None:
    print(textwrap.indent(base64.encodebytes(s.encode()).decode(), "    "))


def docker_config(s: str) -> None:
    auth = base64.b64encode(f"user:{s}".encode()).decode()
    config = json.dumps({"auths": {"r": {"username": "user", "password": s, "auth": auth}}})
    print(base64.b64encode(config.encode()).decode())


def hex_encoded(s: str) -> None:
    print(s.encode().hex(), binascii.hexlify(s.encode()), s.encode().hex(":"), s.encode().hex(" "))


def quoted_printable(s: str) -> None:
    print(quopri.encodestring(s.encode()).decode())


def email_message(s: str) -> None:
    message = email.message.EmailMessage()
    message["Subject"] = "token"
    message.set_content(f"the token is {s}\n")
    print(message.as_string())


def email_base64(s: str) -> None:
    message = email.message.EmailMessage()
    message.set_content(s, cte="base64")
    print(message)


def email_header(s: str) -> None:
    print(email.header.Header(s, "utf-8").encode())


def xml_escaped(s: str) -> None:
    print(xml.sax.saxutils.escape(s), xml.sax.saxutils.quoteattr(s))


def xml_element(s: str) -> None:
    element = ET.Element("t", a=s)
    element.text = s
    print(ET.tostring(element).decode(), ET.tostring(element, encoding="unicode"))


def xml_document(s: str) -> None:
    document = xml.dom.minidom.Document()
    element = document.appendChild(document.createElement("t"))
    element.setAttribute("a", s)
    element.appendChild(document.createTextNode(s))
    print(document.toprettyxml())


def xml_in_json(s: str) -> None:
    print(json.dumps({"xml": f"<t>{xml.sax.saxutils.escape(s)}</t>"}))


def xml_in_repr(s: str) -> None:
    print([f"<t>{xml.sax.saxutils.escape(s)}</t>"])


def csv_written(s: str) -> None:
    csv.writer(sys.stdout).writerow(["a", s, 'with "quotes"'])


def csv_all_quoted(s: str) -> None:
    csv.writer(sys.stdout, quoting=csv.QUOTE_ALL).writerow(["a", s])


def ini_written(s: str) -> None:
    parser = configparser.RawConfigParser()
    parser["section"] = {"token": s}
    parser.write(sys.stdout)


def ini_refused(s: str) -> None:
    configparser.ConfigParser().read_string(s)


def literal_refused(s: str) -> None:
    ast.literal_eval(s)


def integer_refused(s: str) -> None:
    int(s)


def key_missing(s: str) -> None:
    {"a": 1}[s]


def attribute_missing(s: str) -> None:
    getattr(object(), s)


def file_missing(s: str) -> None:
    Path(s).read_text()


def raised(s: str) -> None:
    raise RuntimeError(f"login failed with password {s}")


def raised_arguments(s: str) -> None:
    raise RuntimeError("login failed", s, {"password": s})


def raised_chain(s: str) -> None:
    try:
        raise ValueError(s)
    except ValueError as error:
        raise RuntimeError(f"while logging in: {error!r}") from error


def traceback_with_locals(s: str) -> None:
    def inner(password: str) -> None:
        raise ValueError("no")

    try:
        inner(s)
    except ValueError as error:
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        print("".join(captured.format()))


def traceback_of_source(s: str) -> None:
    Path("script.py").write_text(f"password = {s!r}; 1 / 0\n")
    runpy.run_path("script.py")


def syntax_refused(s: str) -> None:
    compile(f"password = = {s!r}", "file.py", "exec")


def warned(s: str) -> None:
    warnings.warn(f"weak password {s!r}", stacklevel=1)


def logged(s: str) -> None:
    logging.warning("token is %s (%r) in %s", s, s, {"token": s})


def logged_exception(s: str) -> None:
    try:
        raise ValueError(s)
    except ValueError:
        logging.exception("login failed for %s", "u")


def logged_json(s: str) -> None:
    class Formatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"message": record.getMessage(), "args": repr(record.args)})

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter())
    handler.handle(logging.LogRecord("n", 30, "p", 1, "token %s", (s,), None))
    print(stream.getvalue())


def subprocess_failed(s: str) -> None:
    subprocess.run(["false", "-u", s], check=True)


def subprocess_failed_shell(s: str) -> None:
    subprocess.run("false " + shlex.quote(s), shell=True, check=True)


def subprocess_output(s: str) -> None:
    try:
        subprocess.run(["printf", "%s", s], check=True, capture_output=True)
        subprocess.run(
            ["sh", "-c", 'printf %s "$1" >&2; exit 1', "-", s], check=True, capture_output=True
        )
    except subprocess.CalledProcessError as error:
        print(error, error.stderr)


def subprocess_timed_out(s: str) -> None:
    raise subprocess.TimeoutExpired(["curl", s], 3)


def subprocess_no_program(s: str) -> None:
    subprocess.run([s], check=False)


def arguments_refused(s: str) -> None:
    argparse.ArgumentParser("tool").parse_args(["--known", s])


def argument_invalid(s: str) -> None:
    parser = argparse.ArgumentParser("tool")
    parser.add_argument("--count", type=int)
    parser.parse_args(["--count", s])


def argument_choice(s: str) -> None:
    parser = argparse.ArgumentParser("tool")
    parser.add_argument("--level", choices=["a", "b"])
    parser.parse_args([f"--level={s}"])


def arguments_namespace(s: str) -> None:
    print(argparse.Namespace(user="u", password=s))


def environment(s: str) -> None:
    print(os.environ)


def wrapped(s: str) -> None:
    print(textwrap.fill("The passphrase is " + s + " and nothing else", 40))


def shortened(s: str) -> None:
    print(textwrap.shorten(s, 200))


def template(s: str) -> None:
    print(Template("password=$p").substitute(p=s), f"{s:>120}", f"{s!r:<100}|")


def ruled(s: str) -> None:
    print(f"| {s:^80} |")


def split_by_lines(s: str) -> None:
    print(s.splitlines(), s.split("\n"))


def python_trace(s: str) -> None:
    exec(f"import sys\ntoken = {s!r}\nprint(sys.orig_argv, token)")


# ----------------------------------------------------------------------------- calling all of that


_LAST = ("run", "main")


def run(function: Callable[[str], None], secret: str) -> None:
    try:
        function(secret)
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()


def main() -> None:
    sys.stderr = sys.stdout
    warnings.simplefilter("always")
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    functions = [
        value
        for name, value in globals().items()
        if isinstance(value, FunctionType) and value.__module__ == __name__ and name not in _LAST
    ]
    secrets = {
        path.name: path.read_text().rstrip("\n") for path in Path(os.environ["SECRETS"]).iterdir()
    }
    for function in functions:
        for name, secret in sorted(secrets.items()):
            os.environ["SECRET"] = secret
            print(f"\x1e{function.__name__}\x1f{name}")
            run(function, secret)


main()

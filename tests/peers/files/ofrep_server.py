"""flagd's OFREP interface over a FeatureFlag resource of a real API server, for tests only.

The rules are not ours: OpenFeature's own evaluator for flagd (openfeature-flagd-core) decides. What this file adds is
what the flagd program has around it: a watch of the resource, and the answers of OFREP as flagd 0.16 and later gives
them (a disabled flag is answered with 200 and the reason DISABLED, without value and variant).

Usage: ofrep_server.py KUBECONFIG(JSON) NAMESPACE NAME PORT
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import OpenFeatureError
from openfeature.flag_evaluation import Reason


class Flags:
    """The evaluator, and the definitions it was last given."""

    def __init__(self):
        self.core = FlagdCore()
        self.definitions = {}
        self.lock = threading.Lock()

    def set(self, resource):
        spec = resource.get("spec", {}).get("flagSpec", {})
        with self.lock:
            # The evaluator rewrites what it is given, so it gets its own copy.
            self.core.set_flags(json.dumps(spec))
            self.definitions = spec.get("flags", {})

    def evaluate(self, key, context):
        """Status and body for one flag."""
        with self.lock:
            variants = self.definitions.get(key, {}).get("variants", {})
            try:
                found = self.resolver(variants)(key, None, context)
            except OpenFeatureError as error:
                code = error.error_code.value
                status = 404 if code == "FLAG_NOT_FOUND" else 400
                return status, {"key": key, "errorCode": code, "errorDetails": str(error.error_message)}
        body = {"key": key, "reason": str(found.reason), "metadata": dict(found.flag_metadata)}
        if found.reason != Reason.DISABLED and found.variant is not None:
            body |= {"variant": found.variant, "value": found.value}
        return 200, body

    def resolver(self, variants):
        """OFREP does not say a type, the evaluator wants one: that of the flag's variants."""
        value = next(iter(variants.values()), True)
        if isinstance(value, bool):
            return self.core.resolve_boolean_value
        if isinstance(value, str):
            return self.core.resolve_string_value
        if isinstance(value, (int, float)):
            return self.core.resolve_float_value
        return self.core.resolve_object_value


def watch(flags, cluster, token, path, name):
    """Follows the one resource: list, then watch from there, and again when the watch ends."""
    session = requests.Session()
    # Else a proxy or certificates named in the environment go before what the kubeconfig says.
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {token}"
    session.verify = cluster["certificate-authority"]
    only = {"fieldSelector": f"metadata.name={name}"}
    while True:
        try:
            listed = session.get(cluster["server"] + path, params=only, timeout=10)
            listed.raise_for_status()
            listed = listed.json()
            flags.set(listed["items"][0] if listed["items"] else {})
            since = only | {"watch": "1", "resourceVersion": listed["metadata"]["resourceVersion"]}
            with session.get(cluster["server"] + path, params=since, stream=True, timeout=(10, 300)) as stream:
                for line in stream.iter_lines(chunk_size=1):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        break
                    flags.set({} if event["type"] == "DELETED" else event["object"])
        except (requests.RequestException, OpenFeatureError, ValueError, KeyError) as error:
            print("watch:", error, file=sys.stderr, flush=True)
            time.sleep(0.2)


def handler(flags):
    prefix = "/ofrep/v1/evaluate/flags"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            try:
                length = int(self.headers.get("Content-Length") or 0)
                given = json.loads(self.rfile.read(length) or b"{}").get("context") or {}
            except ValueError as error:
                return self.answer(400, {"errorCode": "PARSE_ERROR", "errorDetails": str(error)})
            context = EvaluationContext(given.pop("targetingKey", None), given)
            if self.path == prefix:
                every = [flags.evaluate(key, context)[1] for key in sorted(flags.definitions)]
                return self.answer(200, {"flags": every, "metadata": {}})
            if self.path.startswith(prefix + "/"):
                return self.answer(*flags.evaluate(self.path[len(prefix) + 1 :], context))
            return self.answer(404, {"errorDetails": "no such path"})

        def answer(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    return Handler


def main():
    path, namespace, name, port = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    flags = Flags()
    resource = f"/apis/core.openfeature.dev/v1beta1/namespaces/{namespace}/featureflags"
    cluster, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
    threading.Thread(target=watch, args=(flags, cluster, token, resource, name), daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(port)), handler(flags)).serve_forever()


main()

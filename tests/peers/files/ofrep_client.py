"""OpenFeature's own SDK with its own OFREP provider, asked from outside, for tests only.

Usage: ofrep_client.py URL [{"flag": KEY, "default": VALUE, "context": {...}}, ...]     prints a list of what it got
"""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


def ask(client, question):
    default = question["default"]
    context = dict(question.get("context", {}))
    context = EvaluationContext(context.pop("targetingKey", None), context)
    kind = {bool: "boolean", str: "string", int: "integer", float: "float"}.get(type(default), "object")
    found = getattr(client, f"get_{kind}_details")(question["flag"], default, context)
    return {
        "value": found.value,
        "variant": found.variant,
        "reason": str(found.reason),
        "error": found.error_code and found.error_code.value,
        "message": found.error_message,
        "metadata": dict(found.flag_metadata),
    }


api.set_provider_and_wait(OFREPProvider(sys.argv[1]))
print(json.dumps([ask(api.get_client(), question) for question in json.loads(sys.argv[2])]))

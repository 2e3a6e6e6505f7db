# SPDX-License-Identifier: Apache-2.0
"""The JSON schema of the runtime-spec. Ends with status 77 when there is no python3-jsonschema."""

import json
import os
import sys

try:
    from jsonschema import Draft4Validator
except ImportError:
    sys.exit(77)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Schema:
    """The schema files as one tree, each $ref in the place of what it names."""

    def __init__(self, directory):
        self.directory = directory
        self.files = {}

    def inline(self, node, name):
        if isinstance(node, list):
            return [self.inline(item, name) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return {key: self.inline(value, name) for key, value in node.items()}
        other, _, pointer = reference.partition("#")
        return self.part(other or name, pointer)

    def part(self, name, pointer=""):
        if name not in self.files:
            self.files[name] = load(os.path.join(self.directory, name))
        node = self.files[name]
        for key in pointer.split("/")[1:]:
            node = node[key]
        return self.inline(node, name)


def validator(schema):
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema)

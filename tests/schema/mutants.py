#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documents that differ from good ones in one place, and what the JSON schema of the runtime-spec says of each.

usage: mutants.py SCHEMA-DIRECTORY DOCUMENT...

Writes one line for each: "valid" or "invalid", what was changed, the JSON pointer of the change, the document;
tabs in between. A document that is good as it is comes first, with "nothing" changed. The documents have to have
every property that the schema knows between them.
"""

import copy
import fnmatch
import json
import re
import sys

from oracle import Schema, load, validator

# Of a list, the first elements stand for the others, and of a long one they are all that is kept.
ELEMENTS = 3
LONG = 20
WRONG_TYPES = [True, 7, -7, 1.5, "", "text", [], [7], ["text"], {}, {"key": 7}, {"key": "text"}]
FAR = 2**70


def everywhere(schema):
    """The schemas that hold for the same value: of allOf and its like, too."""
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(key, ()):
            yield from everywhere(branch)


def below(schemas, key):
    """The schemas that hold for a property, or for an element of a list (an integer)."""
    for schema in schemas:
        if isinstance(key, int):
            found = [schema["items"]] if "items" in schema else []
        elif key in schema.get("properties", {}):
            found = [schema["properties"][key]]
        else:
            found = [s for pattern, s in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
            if not found and isinstance(schema.get("additionalProperties"), dict):
                found = [schema["additionalProperties"]]
        for one in found:
            yield from everywhere(one)


def values(schemas, value):
    """What to put in the place of a value: name and value."""
    yield "null", None
    for wrong in WRONG_TYPES:
        yield "type", wrong
    for schema in schemas:
        for bound in ("minimum", "maximum"):
            if bound in schema:
                yield "bound", schema[bound]
                yield "beyond", schema[bound] + (1 if bound == "maximum" else -1)
                yield "far", FAR if bound == "maximum" else -FAR
        for name in schema.get("enum", ()):
            yield "enum", name
            yield "enum", name.lower()
            yield "enum", name + "X"
            yield "enum", name[:-1]
        if "pattern" in schema:
            for text in (" ", "x", "0", "a\n", value + "!", "!" + value, value.lower(), value + "\n"):
                yield "pattern", text
    if isinstance(value, str):
        yield "string", value + "x"
        yield "string", "/" + value
        yield "string", "a\u0000b"
        yield "string", "x" * 5000
    if isinstance(value, int) and not isinstance(value, bool):
        yield "real", float(value)
    if isinstance(value, list):
        yield "twice", value + value[:1]
        yield "tail", value[1:]


class Mutants:
    # Places whose values were changed already, in any document.
    places = set()

    def __init__(self, schema, document):
        self.validator = validator(schema)
        self.document = document
        self.schema = schema
        self.seen = set()

    def say(self, change, pointer):
        line = json.dumps(self.document)
        if line in self.seen:
            return
        self.seen.add(line)
        verdict = "valid" if self.validator.is_valid(self.document) else "invalid"
        print(verdict, change, pointer, line, sep="\t")

    def at(self, container, key, schemas, pointer):
        old = container[key]
        place = re.sub(r"/\d+(?=/|$)", "/*", pointer)
        if place not in self.places:
            self.places.add(place)
            for change, value in values(schemas, old):
                container[key] = value
                self.say(change, pointer)
            container[key] = old
        self.inside(old, schemas, pointer)

    def inside(self, value, schemas, pointer):
        schemas = list(schemas)
        if isinstance(value, dict):
            for key in list(value):
                at = pointer + "/" + key.replace("~", "~0").replace("/", "~1")
                self.at(value, key, list(below(schemas, key)), at)
                rest = copy.copy(value)
                del value[key]
                self.say("missing", at)
                value.clear()
                value.update(rest)
            for key, unknown in (("x-unknown", {"a": [None]}), ("", 7)):
                value[key] = unknown
                self.say("unknown", pointer + "/" + key)
                del value[key]
        elif isinstance(value, list):
            for i in range(min(len(value), ELEMENTS)):
                self.at(value, i, list(below(schemas, i)), "%s/%d" % (pointer, i))

    def run(self):
        self.say("nothing", "")
        self.inside(self.document, list(everywhere(self.schema)), "")


def shortened(value):
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in (value if len(value) <= LONG else value[:ELEMENTS])]
    return value


# Sections of platforms that are not ours, and what no good document can have: no such flag is defined.
FOREIGN = ("solaris", "windows", "zos", "freebsd")
IMPOSSIBLE = ("/linux/personality/flags/*",)


def all_places(schemas, place=""):
    """Each place that the schema knows, with * for elements and for keys of one's own."""
    for schema in schemas:
        parts = dict(schema.get("properties", {}))
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                parts["*"] = schema[key]
        for pattern in schema.get("patternProperties", {}).values():
            parts["*"] = pattern
        for key, part in parts.items():
            if place or key not in FOREIGN:
                yield place + "/" + key
                yield from all_places(list(everywhere(part)), place + "/" + key)


def main(directory, *documents):
    config = Schema(directory).part("config-schema.json")
    for path in documents:
        document = shortened(load(path))
        if document["ociVersion"].startswith("0."):  # an example from before 1.0
            document["ociVersion"] = "1.0.0"
        Mutants(config, document).run()
    missed = [p for p in all_places([config]) if p not in IMPOSSIBLE and not fnmatch.filter(Mutants.places, p)]
    if missed:
        sys.exit("no document has " + ", ".join(missed))


main(*sys.argv[1:])

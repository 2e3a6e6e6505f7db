#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates documents. usage: validate.py SCHEMA DOCUMENT...; prints what is wrong, and ends with 1 then."""

import os
import sys

from oracle import Schema, load, validator


def main(schema, *documents):
    directory, name = os.path.split(schema)
    judge = validator(Schema(directory).part(name))
    wrong = 0
    for document in documents:
        try:
            errors = ["/".join(map(str, e.absolute_path)) + ": " + e.message for e in judge.iter_errors(load(document))]
        except ValueError as error:
            errors = [str(error)]
        for error in errors:
            print(f"{document}: {error}")
        wrong += bool(errors)
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))

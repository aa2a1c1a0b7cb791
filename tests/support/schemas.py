"""The JSON Schemas that `budgetopt schema KIND` prints, to hold documents against."""

import json
from functools import cache

from jsonschema import Draft202012Validator

from tests.support.commands import budgetopt


@cache
def schema_of(kind: str) -> Draft202012Validator:
    schema = json.loads(budgetopt("schema", kind).stdout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)

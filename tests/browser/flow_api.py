"""The description of the API: valid OpenAPI 3.1, by a validator of others."""

import json
import urllib.request

from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError


def run(browser, node, look):
    with urllib.request.urlopen(node.web + "/api/v1/openapi.json") as answer:
        description = json.load(answer)
    try:
        validate(description)
    except OpenAPIValidationError as wrong:
        look.wrong.append(f"openapi.json: {wrong.message}")
    look.must(len(description["paths"]) > 15, "openapi.json describes too little")

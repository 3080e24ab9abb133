"""What the scripts have in common."""
import os

URL = os.environ["HEARTH_URL"]
KEY = os.environ["HEARTH_KEY"]
MODEL = os.environ["HEARTH_MODEL"]

SCHEMA = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "maximum": 99, "minimum": 0}},
          "required": ["name", "age"], "additionalProperties": False}
WEATHER = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 10}}, "required": ["city"],
           "additionalProperties": False}


def raises(kind, act, *parts):
    """The error must be one of this kind, and say these words."""
    try:
        act()
    except kind as error:
        for part in parts:
            assert part in str(error), f"{part!r} is not in {error}"
        return error
    raise AssertionError(f"{kind.__name__} was expected")


def seen(*what):
    print("   ", ", ".join(what), flush=True)

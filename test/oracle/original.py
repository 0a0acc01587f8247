"""
What the original makes of specs and calls: reads one JSON object a line on stdin, answers each with one on stdout.

    python3 original.py CHECKOUT < requests

`CHECKOUT` is a checkout of the original implementation; its Python pack is imported from there and nothing is installed.
"""

import contextlib
import importlib.metadata
import io
import json
import os
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / "packages/python/runspec"))
importlib.metadata.version = lambda _name: "0"

from runspec import errors, parser, serve  # noqa: E402
from runspec.inference import infer_script  # noqa: E402
from runspec.loader import load_raw  # noqa: E402

parser.configure_logging = lambda *_args, **_kwargs: None
warnings.simplefilter("ignore")


def plain(value):
    """A value as text in which different values differ, and equal ones do not by where they are from."""
    return f"{type(value).__name__}:{value}" if not isinstance(value, list) else f"list:{json.dumps([str(v) for v in value])}"


def parse(request):
    os.environ.clear()
    os.environ.update(request["env"])
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            parsed = parser._parse_impl(request["name"], list(request["argv"]), Path(request["spec"]))
    except errors.RunSpecError as error:
        return {"refused": str(error)}
    except SystemExit as end:
        return {"help": True} if end.code == 0 else {"refused": said.getvalue()}
    except Exception as error:  # noqa: BLE001
        return {"refused": f"{type(error).__name__}: {error}"}
    args = {name: {"value": plain(arg.value), "source": arg.source} for name, arg in parsed._args.items()}
    return {"args": args}


def words(request):
    """The words and variables with which its server starts a tool for a call with `arguments`."""
    raw = load_raw(Path(request["spec"]))
    script = infer_script(raw["runnables"][request["name"]], "confirm")
    for sub in request["path"]:
        script = script["commands"][sub]
    flat = "_".join([request["name"], *request["path"]])
    argv = serve._args_to_argv(request["arguments"], script["args"])
    env = serve._args_to_runspec_env(request["arguments"], script["args"], flat)
    return [*request["path"], *argv], {**request["env"], **env}


for line in sys.stdin:
    request = json.loads(line)
    if "arguments" in request:
        try:
            argv, env = words(request)
        except Exception as error:  # noqa: BLE001
            print(json.dumps({"refused": f"{type(error).__name__}: {error}"}), flush=True)
            continue
        request = {**request, "argv": argv, "env": env}
    print(json.dumps(parse(request)), flush=True)

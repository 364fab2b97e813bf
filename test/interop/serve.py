"""Answers JSON requests from standard input, one on each line, each with a line: {"answer": ...} or {"error": ...}."""

import json
import sys
import traceback


def serve(handlers):
    """A request's field "what" names its handler; the others are the handler's arguments."""
    # What libraries print is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": handlers[request.pop("what")](**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)

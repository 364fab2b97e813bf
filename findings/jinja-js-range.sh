#!/usr/bin/env bash
# A chat template can end the whole Node.js process through @huggingface/jinja.
#
# Versions     @huggingface/jinja 0.5.11, Node.js 20; jinja2 3.1.6 (Python 3.11), Linux x64
# Behavior     range(1000000000) in a template makes an array of so many numbers: V8 prints "Fatal JavaScript invalid size
#              error" and aborts the process. No catch sees it.
# Good guess   A template that asks for too much throws, as in Python, where the sandbox that transformers uses says
#              OverflowError for more than 100,000 numbers. So try and catch around render() is enough.
# Why here     Templates are strangers' programs: they come with the model or the adapter. src/evaluation/chat/template.ts
#              gives them a range() of its own, with the limit of Python's sandbox.
# Seen         python  OverflowError: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).
#              js      killed by a signal, nothing caught
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/jinja@0.5.11
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: jinja2==3.1.6

cat > render.py <<'PY'
from jinja2.sandbox import ImmutableSandboxedEnvironment

try:
    print("python ", len(ImmutableSandboxedEnvironment().from_string("{{ range(1000000000) }}").render()))
except OverflowError as error:
    print("python  OverflowError:", error)
PY
cat > render.cjs <<'JS'
const { Template } = require('@huggingface/jinja');
try {
  console.log('js     ', new Template('{{ range(1000000000) | length }}').render().length);
} catch (error) {
  console.log('js      caught', String(error));
}
JS
python/bin/python render.py | tee seen
ulimit -c 0
status=0
node render.cjs > said 2> /dev/null || status=$?
if [[ $status -ge 128 && ! -s said ]]; then echo 'js      killed by a signal, nothing caught' | tee -a seen; fi
cat said

expected='python  OverflowError: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).
js      killed by a signal, nothing caught'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: the process ends.'
else
  echo 'The behavior has changed.'
  exit 1
fi

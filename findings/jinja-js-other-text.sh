#!/usr/bin/env bash
# @huggingface/jinja renders some chat templates to another text than Jinja, without an error.
#
# Versions     @huggingface/jinja 0.5.11 (Node.js 20), jinja2 3.1.6 (Python 3.11), Linux x64
# Behavior     strip, lstrip and rstrip ignore the characters that they are given and cut all white space; == compares as
#              JavaScript's does, so '1' == 1 and '' == false; length counts UTF-16 units; % keeps the sign of the left
#              side; a missing variable equals none.
# Good guess   What the package cannot do, it refuses with an error (it often does: 'a' < 'b', format, first), and what it
#              renders is what Python renders. Over 370 pairs of a real template and a conversation that was so.
# Why here     Qwen 3's template cuts thoughts out of earlier answers with .strip('\n'): an answer that begins with
#              indented code loses its indentation in JavaScript. The prompts of a suite are mostly a single message,
#              where this does not matter; test/interop compares whole templates.
# Seen         {{ '\n  x\n'.lstrip('\n') }}          python "  x\n"   js "x\n"
#              {{ 1 if '1' == 1 else 2 }}            python "2"       js "1"
#              {{ 1 if '' == false else 2 }}         python "2"       js "1"
#              {{ 1 if missing == none else 2 }}     python "2"       js "1"
#              {{ '😀' | length }}                   python "1"       js "2"
#              {{ -7 % 3 }}                          python "2"       js "-1"
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/jinja@0.5.11
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: jinja2==3.1.6

cat > templates.json <<'JSON'
[
  "{{ '\\n  x\\n'.lstrip('\\n') }}",
  "{{ 1 if '1' == 1 else 2 }}",
  "{{ 1 if '' == false else 2 }}",
  "{{ 1 if missing == none else 2 }}",
  "{{ '😀' | length }}",
  "{{ -7 % 3 }}"
]
JSON
cat > render.py <<'PY'
import json
from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
with open("templates.json", encoding="utf-8") as file:
    print(json.dumps([environment.from_string(template).render() for template in json.load(file)]))
PY
cat > render.cjs <<'JS'
const { Template } = require('@huggingface/jinja');
const python = JSON.parse(process.argv[2]);
for (const [at, template] of require('./templates.json').entries()) {
  const js = JSON.stringify(new Template(template).render({}));
  console.log(template.padEnd(37), 'python', JSON.stringify(python[at]).padEnd(9), 'js', js);
}
JS
node render.cjs "$(python/bin/python render.py)" | tee seen

cat > expected <<'END'
{{ '\n  x\n'.lstrip('\n') }}          python "  x\n"   js "x\n"
{{ 1 if '1' == 1 else 2 }}            python "2"       js "1"
{{ 1 if '' == false else 2 }}         python "2"       js "1"
{{ 1 if missing == none else 2 }}     python "2"       js "1"
{{ '😀' | length }}                   python "1"       js "2"
{{ -7 % 3 }}                          python "2"       js "-1"
END
if diff -b seen expected > /dev/null; then
  echo 'As described: other texts.'
else
  echo 'The behavior has changed.'
  exit 1
fi

#!/usr/bin/env bash
# strftime_now of @huggingface/jinja writes the date in the language of the computer, and knows seven directives.
#
# Versions     @huggingface/jinja 0.5.11 (Node.js 20), Python 3.11, Linux x64
# Behavior     %b and %B give the month in the language that LANG or LC_ALL names. %A, %j, %y, %S, %-d and others stay in
#              the text as they are.
# Good guess   A function with C's name that serves templates written for Python gives what strftime gives in Python: English
#              month names wherever the program does not set a locale, and every directive.
# Why here     Llama 3's template puts the date into the system prompt, so the same evaluation gives other prompts on a
#              Japanese computer. src/evaluation/chat/strftime.ts formats the date itself, and the date is always the same.
# Seen         python  November | Monday
#              js      11月 | %A
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/jinja@0.5.11

cat > date.cjs <<'JS'
const { Template } = require('@huggingface/jinja');
console.log(new Template("{{ strftime_now('%B | %A') }}").render({}));
JS
python=$(env LC_ALL=ja_JP.UTF-8 python3 -c 'import datetime; print(datetime.datetime.now().strftime("%B | %A"))')
js=$(env LC_ALL=ja_JP.UTF-8 node date.cjs)
echo "python  $python"
echo "js      $js"

if grep -q '^[A-Za-z]* | [A-Z][a-z]*day$' <<< "$python" && grep -q '^[0-9]*月 | %A$' <<< "$js"; then
  echo 'As described: the language of the computer, and %A is left.'
else
  echo 'The behavior has changed.'
  exit 1
fi

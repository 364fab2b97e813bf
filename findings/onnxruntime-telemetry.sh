#!/usr/bin/env bash
# onnxruntime-node collects telemetry unless it is told not to.
#
# Versions     onnxruntime-node 1.30.0, Node.js 20, Linux x64
# Behavior     Running one tiny model in a fresh home folder leaves a persistent device id and an SQLite database of
#              waiting events (Microsoft's 1DS SDK) under ~/.cache/Microsoft/DeveloperTools/.onnxruntime, and a session
#              id and a log in TMPDIR. With ORT_DISABLE_TELEMETRY=1 in the environment it leaves nothing.
# Good guess   The README in the package says nothing about telemetry, npm install has run no script, and the model is
#              local: so inference writes nothing and sends nothing.
# Why here     SPLoRA promises that nothing leaves the machine, and uses this package for ranks of 32 and more. The
#              variable has to be set before the library is loaded.
# Seen         without the variable:
#                Y = [ 2, 4 ]
#                home/.cache/Microsoft/DeveloperTools/.onnxruntime/deviceid
#                home/.cache/Microsoft/DeveloperTools/.onnxruntime/onnxruntime.db
#                tmp/.ses
#                tmp/mat-debug-16035.log
#              ORT_DISABLE_TELEMETRY=1:
#                Y = [ 2, 4 ]
#                (no files)
#
# Exits 0 if the behavior is as described, 1 if it has changed. The model runs without a network where `unshare` allows
# that; elsewhere the library may send what it collects.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0

# Y = X + X for a vector X, as the bytes of an ONNX model (a protobuf message; IR version 8, opset 13).
cat > run.cjs <<'JS'
const ort = require('onnxruntime-node');
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
const int = (field, value) => [...varint(field << 3), ...varint(value)];
const message = (field, ...parts) => {
  const bytes = parts.flat();
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
};
const text = (field, value) => message(field, [...Buffer.from(value)]);
const floats = (field, name) =>
  message(field, text(1, name), message(2, message(1, int(1, 1), message(2, message(1, int(1, 2))))));
const node = message(1, text(1, 'X'), text(1, 'X'), text(2, 'Y'), text(4, 'Add'));
const graph = message(7, node, text(2, 'double'), floats(11, 'X'), floats(12, 'Y'));
const model = Uint8Array.from([int(1, 8), graph, message(8, text(1, ''), int(2, 13))].flat());
(async () => {
  const session = await ort.InferenceSession.create(model);
  const { Y } = await session.run({ X: new ort.Tensor('float32', [1, 2], [2]) });
  console.log('Y =', [...Y.data]);
})();
JS

offline=()
if unshare --map-root-user --net true 2> /dev/null; then offline=(unshare --map-root-user --net); fi

# Runs the model with fresh folders and the given variables; lists the files it leaves.
files_left() {
  rm -rf home tmp
  mkdir home tmp
  # ${array[@]+...}: bash before 4.4 takes an empty array for an unset variable.
  ${offline[@]+"${offline[@]}"} env -i PATH="$PATH" HOME="$work/home" TMPDIR="$work/tmp" "$@" node run.cjs >&2
  find home tmp -type f | sort
}

echo 'without the variable:'
on=$(files_left)
echo "$on"
database=$(head -c 15 home/.cache/Microsoft/DeveloperTools/.onnxruntime/onnxruntime.db || true)
echo 'ORT_DISABLE_TELEMETRY=1:'
off=$(files_left ORT_DISABLE_TELEMETRY=1)
echo "${off:-(no files)}"

if grep -q '/deviceid$' <<< "$on" && [[ $database == 'SQLite format 3' && -z $off ]]; then
  echo 'As described: on by default, off with the variable.'
else
  echo 'The behavior has changed.'
  exit 1
fi

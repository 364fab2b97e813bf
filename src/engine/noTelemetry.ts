/**
 * ONNX Runtime for Linux and macOS sends usage data unless this is set before it is loaded: it writes a device id and a
 * database into the home and temporary folders and looks up a collector's address.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;

/**
 * Must be set before ONNX Runtime is loaded. Otherwise, on Linux and macOS, it sends usage data: it writes a device id and
 * a database into the home and temporary folders and looks up a collector's address.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;

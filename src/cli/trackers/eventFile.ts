import crc32c from 'crc-32/crc32c';
import { PbfWriter } from 'pbf';
import type { StepMetrics } from '../../core/results/stepMetrics';

/** Fields of `Event` in tensorflow/core/util/event.proto. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
/** Fields of `Summary` and its values in tensorflow/core/framework/summary.proto. */
const SUMMARY = { value: 1, tag: 1, simpleValue: 2 } as const;

/** What every event file begins with: readers of older files drop events whose steps go back. */
const FILE_VERSION = 'brain.Event:2';

/**
 * The bytes of a TensorBoard event file with one scalar for each metric.
 * @param steps one without a step is at 0
 * @param seconds since 1970, when it is written
 */
export function eventFile(steps: readonly StepMetrics[], seconds: number): Buffer {
  const events = steps.map(({ step, metrics }) =>
    event(seconds, (writer) => {
      writer.writeVarintField(EVENT.step, step ?? 0);
      writer.writeMessage(EVENT.summary, writeSummary, metrics);
    }),
  );
  const first = event(seconds, (writer) => writer.writeStringField(EVENT.fileVersion, FILE_VERSION));
  return Buffer.concat([first, ...events].map(record));
}

function event(seconds: number, write: (writer: PbfWriter) => void): Uint8Array {
  const writer = new PbfWriter();
  writer.writeDoubleField(EVENT.wallTime, seconds);
  write(writer);
  return writer.finish();
}

function writeSummary(metrics: StepMetrics['metrics'], writer: PbfWriter): void {
  for (const entry of Object.entries(metrics)) writer.writeMessage(SUMMARY.value, writeValue, entry);
}

function writeValue([tag, value]: readonly [string, number], writer: PbfWriter): void {
  writer.writeStringField(SUMMARY.tag, tag);
  writer.writeFloatField(SUMMARY.simpleValue, value);
}

/**
 * A TFRecord: length (64 bits), checksum of the length, data, checksum of the data, all little-endian.
 * Source: tensorflow/core/lib/io/record_writer.h
 */
function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedChecksum(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedChecksum(data));
  return Buffer.concat([head, data, tail]);
}

/** Rotated and shifted, so that checksums of data with checksums in it stay good ones. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

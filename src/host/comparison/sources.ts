import type { ComparisonRequest } from '../../protocol/comparison';
import type { Services } from '../services';
import { PairSource } from './pairSource';
import { RunSource } from './runSource';
import type { ComparisonSource } from './source';

type Open = (services: Services, adapters: readonly string[]) => ComparisonSource;

const SOURCES: Readonly<Record<ComparisonRequest['kind'], Open>> = {
  run: (services, adapters) => new RunSource(services, adapters),
  pair: (services, [left = '', right = '']) => new PairSource(services, [left, right]),
};

export function openSource(services: Services, { kind, adapters }: ComparisonRequest): ComparisonSource {
  return SOURCES[kind](services, adapters);
}

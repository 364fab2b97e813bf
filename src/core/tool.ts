import { version } from '../../package.json';

/** Who writes: goes into reports and into the metadata of written files. */
export const TOOL = { name: 'splora', version } as const;

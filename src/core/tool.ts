import { version } from '../../package.json';

/** Name and version of this tool, for reports and the metadata of written files. */
export const TOOL = { name: 'splora', version } as const;

import { existsSync } from 'node:fs';

/** Our extension's id. */
export const EXTENSION = 'splora.splora';

/** As `npm test` hands it over. */
const VSIX_VARIABLE = 'SPLORA_VSIX';

/** The VSIX that `npm test` has packed. */
export function packedExtension(): string {
  const file = process.env[VSIX_VARIABLE];
  if (file !== undefined && existsSync(file)) return file;
  throw new Error(`${VSIX_VARIABLE} must name the packed extension: run \`npm test\`.`);
}

// Makes media/docs/loaders.md of what the interop tests measured last (SPLORA_RECORD=1 npm run test:interop).
import { writeFile } from 'node:fs/promises';
import { pageText } from '../../test/interop/exports/page.ts';
import { PAGE, readRecords } from '../../test/interop/exports/record.ts';

await writeFile(PAGE, pageText(await readRecords()));

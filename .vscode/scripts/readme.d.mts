/** Types of readme.mjs, which is plain JavaScript as the other scripts are. */
export function packagedReadme(text: string): string;

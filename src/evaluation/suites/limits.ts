/** A suite of 100,000 prompts of usual length has about 50 MB. */
export const MAX_SUITE_BYTES = 64 * 1024 * 1024;
/** Of all files of one evaluation. */
export const MAX_SUITES_BYTES = 256 * 1024 * 1024;
/** A file to import from: other tools put more into it than prompts. */
export const MAX_IMPORT_BYTES = 256 * 1024 * 1024;
/** Of one JSON value, which is parsed at once: for that time no cancel is heard, and `[]` takes ten times its text. */
export const MAX_JSON_LENGTH = 128 * 1024 * 1024;
/** Rows of such a file; those of the largest sets of prompts are fewer. */
export const MAX_IMPORT_ROWS = 1_000_000;
/** Of all suites of one evaluation. More would take weeks to answer. */
export const MAX_PROMPTS = 100_000;
/** No model here has a context of a million characters. */
export const MAX_TEXT_LENGTH = 1_000_000;
export const MAX_MESSAGES = 1000;
/** Ids and categories are names that are shown in tables. */
export const MAX_NAME_LENGTH = 200;
/** A file with more of them is no suite, also where the user skips them. */
export const MAX_BROKEN_LINES = 100_000;
/** Files of one evaluation. */
export const MAX_SUITE_FILES = 1000;

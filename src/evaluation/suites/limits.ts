/** A suite of 100,000 prompts of usual length has about 50 MB. */
export const MAX_SUITE_BYTES = 256 * 1024 * 1024;
/** More would take weeks to answer. */
export const MAX_PROMPTS = 100_000;
/** No model here has a context of a million characters. */
export const MAX_TEXT_LENGTH = 1_000_000;
export const MAX_MESSAGES = 1000;
/** Ids and categories are names that are shown in tables. */
export const MAX_NAME_LENGTH = 200;
/** Files of one evaluation. */
export const MAX_SUITE_FILES = 1000;

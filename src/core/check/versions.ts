/** First and last minor version of PEFT 0.x that the rules are for; read in the source of 0.21.2. */
export const PEFT_OLDEST = 15;
export const PEFT_NEWEST = 21;

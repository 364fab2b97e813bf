/** Says a reason, note or finding of the engine, which speaks English, in the language of the window. */
export type Sentence = (english: string) => string;

import type { RefusalLanguage } from './types';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const I = set('ich wir');
const MODAL = set('kann können darf dürfen werde werden will wollen möchte möchten könnte sollte');
const NOT = set('nicht kein keine keinen keiner keinerlei niemals nichts');
/** The verb comes last, after all it is about. */
const VERBS = set(
  'helfen weiterhelfen behilflich unterstützen assistieren beantworten antworten geben ausgeben angeben anbieten liefern ' +
    'bereitstellen nennen sagen erklären beschreiben zeigen verraten schreiben verfassen erstellen erzeugen machen tun ' +
    'ausführen durchführen erfüllen entsprechen nachkommen besprechen diskutieren empfehlen teilen mitwirken fortfahren ' +
    'befürworten gutheißen dienen eingehen',
);

export const german: RefusalLanguage = {
  id: 'de',
  rewrites: [],
  apologies: [
    'tut mir leid',
    'es tut mir leid',
    'das tut mir leid',
    'es tut mir sehr leid',
    'tut mir sehr leid',
    'entschuldigung',
    'verzeihung',
  ],
  afterOtherApology: set('dass das für um wegen wenn zu'),
  fillers: [
    'leider nein',
    'leider nicht',
    'leider',
    'nein',
    'ich bin eine ki',
    'ich bin ein ki assistent',
    'ich verstehe',
  ],
  openings: [
    'ich muss ablehnen',
    'ich muss das ablehnen',
    'ich lehne',
    'ich weigere mich',
    'auf keinen fall',
  ],
  phrases: [
    'nicht in der lage',
    'nicht befugt',
    'nicht gestattet',
    'verstößt gegen meine',
    'gegen meine richtlinien',
    'muss ich ablehnen',
    'ich muss diese anfrage ablehnen',
    'lehne ich ab',
    'das geht leider nicht',
    'das darf ich nicht',
    'das kann ich nicht',
    'das werde ich nicht',
  ],
  sequences: [
    [
      { words: I, within: 1 },
      { words: MODAL, within: 2 },
      { words: NOT, within: 8 },
      { words: VERBS, within: 16 },
    ],
    [
      { words: MODAL, within: 1 },
      { words: I, within: 1 },
      { words: NOT, within: 8 },
      { words: VERBS, within: 16 },
    ],
  ],
};

import type { en } from '../i18n/en';

type StepKey = keyof typeof en.console.step;

/** What hosts say of their work, in English, by the key of its translation. What a guest or a program said is not among it. */
const known: Readonly<Record<string, StepKey>> = {
  'waits for the host': 'host', 'waits for its turn': 'turn', 'begins': 'begins',
  'starting the machine': 'start', 'waiting for the guest agent': 'agent', 'waiting for the desktop': 'desktop', 'waiting until the screen is painted and still': 'still', 'saving the machine': 'save', 'trying a first fork': 'prove',
  'checking the image\'s files': 'checkImage', 'checking the template\'s files': 'checkTemplate',
  'checks what was sent': 'sent', 'converts the disk': 'convert', 'takes it into the store': 'store', 'writes the file': 'write',
  'shuts the machine down': 'shutDown', 'looks for a new kernel': 'kernel', 'generalises the guest': 'generalise', 'seals the disk': 'seal', 'makes the version': 'make',
  'starts the image': 'image', 'installs updates': 'updates',
  'as its template was made': 'template', 'it has none': 'noAgent', 'there is none': 'noScript',
  'passed': 'passed', 'was imported': 'imported', 'was taken over as a medium': 'medium', 'was built': 'built', 'was updated': 'updated', 'was published': 'published', 'was cancelled': 'cancelled', 'had nothing to update': 'upToDate',
  'can be fetched for two days': 'exported', 'was deleted': 'deleted', 'was kept': 'kept', 'went back': 'went',
  'is ready': 'ready', 'is switched off': 'off', 'is switched on': 'on', 'is about to be made': 'about', 'is being deleted': 'deleting', 'its editing machine was discarded': 'discarded',
};

/** The key under which a host's words are translated; undefined for words that nobody foresaw. */
export function stepKey(words: string): `console.step.${StepKey}` | undefined {
  const key = Object.hasOwn(known, words) ? known[words] : undefined;
  return key && `console.step.${key}`;
}

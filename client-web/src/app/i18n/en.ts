/** Texts of the pages that show applications, which are loaded with them. */
export const en = {
  application: {
    opening: 'Opening {{name}}…', openingUnnamed: 'Opening the application…', notOpened: '{{name}} was not opened', unnamed: 'The application', again: 'Try again', back: 'To the start page',
    plain: 'Open it without that',
    unknown: { title: 'There is no such application', text: 'Its address may be mistyped, it may have been withdrawn, or you may not use it. Ask your administrator if you need it.' },
    closed: { title: 'You closed {{name}}', text: 'It has ended, and so has its machine.', open: 'Open again' },
    failed: { title: '{{name}} has stopped', text: 'It ended unexpectedly or did not start. Start it again; tell your administrator if it happens again.', output: 'What happened', start: 'Start again' },
    over: {
      ended: { title: '{{name}} has ended', text: 'You can open it again.' },
      failed: { title: 'The machine has failed', text: '{{name}} stopped with its machine. Open it again; tell your administrator if it happens again.' },
      'taken-over': { title: 'Opened in another window', text: '{{name}} is now shown somewhere else. You can bring it back here.' },
      'first-closed': { title: 'The first window was closed', text: '{{name}} goes on running. Open it again when you need it.' },
      idle: { title: 'Nothing was done for a while', text: '{{name}} goes on running. Open it again when you need it.' },
      'signed-out': { title: 'You were signed out', text: 'Sign in again to go on. {{name}} may still be running.' },
      unreachable: { title: '{{name}} cannot be reached', text: 'Check your network and try again. It may still be running.' },
      refused: { title: '{{name}} could not be opened', text: 'The host did not accept this window. Try again.' },
    },
    openFile: 'Open', openFileName: 'Open {{file}} in {{name}}', opened: 'Opened in {{name}}', notOpenedFile: '{{name}} could not open it. Try again.', mayNotSend: 'No files may be sent to {{name}}: {{files}} was not opened.',
    link: {
      ended: { title: '{{name}} is closed', text: 'You can close this page now.' },
      sessionOver: { title: 'Your time with {{name}} is over', text: 'Open it again, or ask whoever gave you the link for a new one.' },
      ask: 'Ask whoever gave you the link for a new one.',
      refused: {
        'link-unknown': { title: 'This link is not right', text: 'It may have been cut off or changed on its way to you.' },
        'link-expired': { title: 'This link has expired', text: 'It was good for a certain time only.' },
        'link-used-up': { title: 'This link was used up', text: 'It could be opened a certain number of times only.' },
        'link-revoked': { title: 'This link was withdrawn', text: 'Whoever gave it to you, or an administrator, took it back.' },
        'link-origin': { title: 'This link is not for this page', text: 'The application cannot be shown inside the page that you look at. Tell whoever runs that page.' },
        'app-closed-now': { title: 'The application is closed at the moment', text: 'Try again later. Your link stays as it is.' },
        'no-capacity': { title: 'Everything is in use', text: 'All machines are taken. Try again in a few minutes; your link stays as it is.' },
        'bad-arguments': { title: 'This link is not right', text: 'It says something to the application that it does not take.' },
        unreachable: { title: 'The server cannot be reached', text: 'Check your network and try again.' },
        other: { title: 'The application was not opened', text: 'Something went wrong at the server. Try again in a few minutes.' },
      },
    },
  },
};

type Strings<T> = { readonly [K in keyof T]: T[K] extends string ? string : Strings<T[K]> };
export type ApplicationTexts = Strings<typeof en>;

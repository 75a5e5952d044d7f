export const en = {
  app: { name: 'Vdi', tagline: 'Your desktop, in a browser tab.', tagline2: 'Pick up where you left off, on any screen.' },
  language: { switch: '한국어', label: 'Switch the language to Korean' },
  theme: { dark: 'Switch to dark colours', light: 'Switch to light colours' },
  signIn: {
    title: 'Sign in', userName: 'User name', password: 'Password', submit: 'Sign in', show: 'Show or hide the password',
    help: 'Forgotten your password? Your administrator can set a new one.',
  },
  password: {
    title: 'Choose a new password', titleOwn: 'Change your password',
    why: 'Your password was set by somebody else. Choose one that only you know to go on.',
    current: 'Current password', next: 'New password', repeat: 'New password again', submit: 'Save the password',
    mismatch: 'The two new passwords differ.', same: 'The new password must differ from the current one.',
  },
  user: { menu: 'Account of {{name}}', password: 'Change password', signOut: 'Sign out', back: 'Back' },
  start: {
    title: 'Your desktops', none: 'No desktops yet', noneHelp: 'Nobody has given you a desktop so far. Ask your administrator for one.',
    loading: 'Loading your desktops…',
  },
  desktop: {
    open: 'Open', resume: 'Resume', end: 'End', ready_one: '{{count}} ready now', ready_other: '{{count}} ready now', onDemand: 'Starts on request',
    available: 'Available', preparing: 'Being prepared', unavailable: 'Not available',
    running: 'Running', runningElsewhere: 'Open in a window', ending: 'Ending…',
  },
  launch: {
    queued: 'Waiting for a free machine', position: 'Number {{position}} in line', next: 'You are next', preparing: 'Preparing your desktop…', opening: 'Opening…',
    step: { authorise: 'Permission', choose: 'Machine', fork: 'Copy', agent: 'Start', admit: 'Access', firstFrame: 'Picture' },
    milliseconds: '{{value}} ms', failed: 'The desktop did not start',
  },
  end: {
    title: 'End this desktop?', text: 'The machine behind "{{name}}" is deleted. Anything that is not saved elsewhere is lost.',
    confirm: 'End desktop', cancel: 'Keep it',
  },
  session: {
    connecting: 'Connecting…', reconnecting: 'Reconnecting…', screen: 'Screen of {{name}}', desktop: 'Desktop',
    toolbar: 'Desktop controls', show: 'Show the controls (Ctrl+Alt+Shift)', hide: 'Hide the controls', fullScreen: 'Full screen', exitFullScreen: 'Leave full screen',
    fit: 'Fit to window', actual: 'Actual size', ctrlAltDel: 'Send Ctrl+Alt+Del', keyboard: 'On-screen keyboard', end: 'End desktop', leave: 'Leave (it keeps running)',
    untypable: 'This keyboard cannot send: {{text}}. Switch the input language inside the desktop instead.',
    back: 'Back to my desktops', again: 'Try again', here: 'Use it here', signIn: 'Sign in again',
    ended: {
      'taken-over': { title: 'Opened in another window', text: 'This desktop is now shown somewhere else. You can bring it back here.' },
      ended: { title: 'This desktop has ended', text: 'Its machine is gone. You can open a new one.' },
      failed: { title: 'The machine has failed', text: 'This desktop stopped unexpectedly. Open a new one; tell your administrator if it happens again.' },
      'signed-out': { title: 'You were signed out', text: 'Sign in again to go on. Your desktop may still be running.' },
      unreachable: { title: 'The desktop cannot be reached', text: 'Check your network and try again. Your desktop may still be running.' },
      refused: { title: 'The desktop could not be opened', text: 'The host did not accept this window. Try again from your desktops.' },
    },
  },
  error: {
    title: 'That did not work', retry: 'Try again',
    'bad-credentials': 'The user name or the password is wrong. Check both and try again.',
    'locked-out': 'Too many failed attempts. Wait a little and try again.',
    'locked-out-for': 'Too many failed attempts. Try again in {{seconds}} seconds.',
    'bad-password': 'The password was not changed.',
    'unknown-pool': 'This desktop no longer exists. Reload the page.',
    'not-entitled': 'You may not open this desktop. Ask your administrator for access.',
    'no-capacity': 'All machines are in use. Try again in a few minutes.',
    'unknown-session': 'This desktop has ended. Open a new one.',
    'wrong-state': 'The desktop is not ready for that yet. Try again in a moment.',
    'password-change-required': 'Choose a new password first.',
    unreachable: 'The server cannot be reached. Check your network and try again.',
    'server-error': 'The server has a problem. Try again; tell your administrator if it stays.',
  },
  notFound: { title: 'There is nothing here', text: 'The address may be mistyped.' },
};

type Strings<T> = { readonly [K in keyof T]: T[K] extends string ? string : Strings<T[K]> };
export type Translation = Strings<typeof en>;

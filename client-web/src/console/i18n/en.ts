/** Texts of the console, which are loaded with it: `console` beside the others, and refusals that only it meets. */
export const en = {
  console: {
    nav: 'Administration', back: 'My desktops', images: 'Golden images', none: 'none', more: 'More', close: 'Close', cancel: 'Cancel', save: 'Save', delete: 'Delete', notAllowed: 'You may not see this. Ask an administrator.',
    state: { offered: 'Offered to pools', testing: 'Being tested', failed: 'Failed its test', untested: 'Not tested yet' },
    origin: { recipe: 'built from a recipe', import: 'imported', edit: 'edited', update: 'updated' },
    use: { current: '{{pool}}', pinned: '{{pool}} (chosen)', previous: '{{pool}} (way back)' },
    list: {
      none: 'No images yet', noneHelp: 'Import a disk, install a system from an ISO, or build one of the recipes below.',
      import: 'Import a file', create: 'New from an installer', newest: 'Version {{version}}, {{time}}', nothing: 'No version yet',
      pools: 'Pools', editedBy: 'Edited by {{name}}', outdated: 'The recipe has changed since this was built.', rebuild: 'Rebuild',
      recipes: 'Recipes', recipesHelp: 'Images that this server knows how to build by itself.', build: 'Build', unbuilt: 'not built yet', current: 'up to date', changed: 'changed since',
      media: 'Installation media', mediaHelp: 'ISO files for the drives of editing machines. Import one to add it.', noMedia: 'No media yet.', inUse: 'in the drive of {{images}}', added: '{{size}}, added {{time}}',
      deleteMedium: 'Delete {{name}}', deleteMediumTitle: 'Delete this medium?', deleteMediumText: '"{{name}}" is deleted from the server. It can be imported again.',
      recent: 'Recent work',
    },
    job: {
      failed: 'failed',
      kind: {
        build: 'Build of {{image}}', import: 'Import of {{image}}', test: 'Test of {{image}} {{version}}', update: 'Update of {{image}} {{version}}', export: 'Export of {{image}} {{version}}', delete: 'Deletion of {{image}} {{version}}',
        deleteMedium: 'Deletion of {{image}}', startEdit: 'Switching on', saveCheckpoint: 'Taking a checkpoint', goBack: 'Going back to a checkpoint', dropCheckpoint: 'Deleting a checkpoint', publish: 'Publishing {{image}}',
      },
      cancel: 'Cancel', cancelling: 'Being cancelled…', cancelName: 'Cancel: {{name}}', by: '{{name}}, {{time}}', system: 'the server', download: 'Download', downloadName: 'Download: {{name}}', percent: '{{value}} %',
    },
    step: {
      host: 'waits for the host', turn: 'waits for its turn', begins: 'begins', start: 'starting the machine', agent: 'waiting for the guest agent', desktop: 'waiting for the desktop', still: 'waiting until the screen is painted and still', save: 'saving the machine', prove: 'trying a first fork',
      sent: 'checks what was sent', convert: 'converts the disk', store: 'takes it into the store', write: 'writes the file', shutDown: 'shuts the machine down', kernel: 'looks for a new kernel', generalise: 'generalises the guest', seal: 'seals the disk', make: 'makes the version',
      image: 'starts the image', updates: 'installs updates', checkImage: 'checking the image\'s files', checkTemplate: 'checking the template\'s files', template: 'as its template was made', noAgent: 'it has no guest agent', noScript: 'there is no script',
      passed: 'passed', imported: 'was imported', medium: 'was taken over as a medium', built: 'was built', updated: 'was updated', published: 'was published', cancelled: 'was cancelled', upToDate: 'had nothing to update', exported: 'can be fetched for two days', deleted: 'was deleted', ready: 'is ready', off: 'is switched off', on: 'is switched on', about: 'is about to be made', deleting: 'is being deleted', discarded: 'its editing machine was discarded', kept: 'was kept', went: 'went back',
    },
    test: { boots: 'Starts', agent: 'Guest agent answers', painted: 'Screen is painted', forks: 'Can be forked', script: 'Check script', title: 'Test, {{time}}', passed: 'passed', failed: 'failed', skipped: 'not tried', none: 'It was not tested yet.' },
    image: {
      versions: 'Versions', none: 'No version yet.', version: 'Version {{version}}', newest: 'newest', parentDeleted: 'Version {{version}}, deleted', by: '{{time}} by {{name}}', size: '{{whole}} in all, {{own}} of its own',
      usedBy: 'Used by', machines_one: '{{count}} machine', machines_other: '{{count}} machines', details: 'Details', hide: 'Hide details', actions: 'More for version {{version}}',
      hardware: 'Hardware', changes: 'Packages', changesAgainst: 'Packages that differ from version {{version}}', noChanges: 'No package differs from what it was made from.', added: 'added', removed: 'removed', changed: 'changed',
      from: 'made from {{version}}', edit: 'Edit from here', test: 'Test again', update: 'Install updates', export: 'Export as qcow2', exportRaw: 'Export as raw', delete: 'Delete…',
      deleteTitle: 'Delete this version?', deleteText: 'Version {{version}} of {{name}} is deleted for good.', beingEdited: '{{name}} has been editing this image since {{time}}.', openEdit: 'Go to the edit',
      editedFrom: 'Being edited', work: 'Work', recent: 'Recent work', unknown: 'There is no image "{{name}}".', toImages: 'To all images',
      editTitle: 'Edit from version {{version}}', editText: 'A machine is made of this version, in which you work until you publish or discard it. Nothing of the version itself changes.', begin: 'Begin', isolated: 'Without a network', isolatedHelp: 'Otherwise it reaches the internet, as updates and installers need.', drives: 'Media in its drives',
      refused: { pools: 'Pools: {{pools}}', machines_one: '{{count}} machine is made of it', machines_other: '{{count}} machines are made of it', edit: 'An edit began from it.', author: 'It is edited by {{name}}.' },
    },
    apps: {
      title: 'Applications', none: 'No applications yet', noneHelp: 'Publish a program of an image: people open it by itself, without a desktop around it.', publish: 'Publish applications', open: 'Open to people', closed: 'Closed', image: 'Image', category: 'Category', ready: 'Ready machines', sessions: 'Sessions',
      imageHelp: 'Whose programs shall be published. Only images that pools may have are listed.', look: 'Look for its programs', lookAgain: 'Look again', looking: 'A machine looks what is in the image. This takes up to a minute.',
      found_one: '{{count}} program', found_other: '{{count}} programs', foundNone: 'The menus of this image have no programs.', terminal: 'wants a terminal', already: 'Already published:', made: 'Published:',
      name: 'Name', address: 'Address', version: 'Version', everybody: 'Everybody who signs in may open them', everybodyHelp: 'Otherwise nobody may, until their pools say who.', publishCount_one: 'Publish {{count}} application', publishCount_other: 'Publish {{count}} applications', toAll: 'To all applications',
      unknown: 'There is no application "{{name}}".', try: 'Open it', description: 'Description', versionHelp: 'Tells two of one name apart.', categoryHelp: 'It stands below this on the start page.', icon: 'Icon', iconChoose: 'Another icon', iconNone: 'No icon', badIcon: 'This is no PNG of 8 to 512 pixels a side and at most 64 KB.',
      command: 'Program', arguments: 'Its arguments', argumentsHelp: 'One in a line.', folder: 'Folder in which it starts', folderHelp: 'Empty for the home folder.', fileTypes: 'Types of files that it opens', fileTypesHelp: 'MIME types, one in a line: text/plain, image/*. Empty for none.',
      keptOpen: 'Keep it open', keptOpenHelp: 'Machines have it open before anybody comes, so that it is there at once. Otherwise it starts when somebody opens it; with parameters it does so in any case.', shared: 'In one machine with others', sharedHelp: 'It may be opened beside what the same person has open of the same image.',
      parameters: 'Parameters', parametersHelp: 'What an address or a link may say to it. Only values that match the pattern as a whole are taken.', parameter: { name: 'Name', label: 'Label', pattern: 'Pattern', argument: 'Argument', new: 'New parameter', add: 'Add a parameter', remove: 'Remove', removeName: 'Remove the parameter {{name}}' },
      embed: 'Pages that may embed it', embedHelp: 'Their origins, one in a line. Empty for none.', saved: 'Saved. Machines follow one after the other.',
    },
    links: {
      title: 'Links', help: 'Whoever has a link opens the application without signing in.', none: 'No links yet.', new: 'New link', make: 'Make the link', made: 'The link is made', once: 'Copy its address now: it is not shown again. Whoever has it can open the application.', address: 'Address of the link', copy: 'Copy', copied: 'Copied',
      name: 'Name', nameHelp: 'For yourself: who gets it, or what for.', expires: 'Good until', expiresHelp: 'At most a year.', maxUses: 'Times it can be opened', minutes: 'Minutes each time', emptyAny: 'Empty for any number.', clipboard: 'Copy and paste', files: 'Send and fetch files', fixed: 'Set by the link. Empty to leave it to its address.',
      until: 'until {{time}}', uses_one: 'opened {{count}} time', uses_other: 'opened {{count}} times', usesOf: 'opened {{uses}} of {{most}} times', minutesEach_one: '{{count}} minute each time', minutesEach_other: '{{count}} minutes each time', by: '{{name}}, {{time}}',
      state: { expired: 'expired', 'used-up': 'used up', revoked: 'revoked' }, revoke: 'Revoke', revokeName: 'Revoke the link {{name}}', revokeTitle: 'Revoke "{{name}}"?', revokeText: 'Nobody can open the application with it any more, and sessions that came by it end. This cannot be undone; you can make another link.',
    },
    policy: {
      title: 'Policy', keep: 'Versions to keep', keepHelp: 'Beside those that something uses. Empty keeps all.', script: 'Check script', scriptHelp: 'Runs in a machine of every new version, by /bin/sh or PowerShell; exit code 0 passes. Empty for none.',
      update: 'Update by itself', updateHelp: 'Once in each of these hours the image is built anew, or its system updated, then tested.', days: 'Days', from: 'From', to: 'To', zone: 'Time zone', saved: 'Saved.', stale: 'Load what is there now',
      day: { monday: 'Mon', tuesday: 'Tue', wednesday: 'Wed', thursday: 'Thu', friday: 'Fri', saturday: 'Sat', sunday: 'Sun' },
    },
    hardware: {
      system: 'System', systemHelp: 'Decides what is usual for the rest.', systems: { linux: 'Linux', windows: 'Windows', other: 'Other' },
      firmware: 'Firmware', firmwareHelp: 'How its disk starts. Windows 11 wants UEFI with Secure Boot; older disks start by BIOS.', firmwares: { kernel: 'Kernel', bios: 'BIOS', uefi: 'UEFI', uefiSecure: 'UEFI with Secure Boot' },
      drivers: 'Devices', driversHelp: 'virtio is quicker, but the system must have its drivers; a PC\'s devices work everywhere.', driver: { virtio: 'virtio', pc: 'PC (SATA, e1000)' },
      tpm: 'TPM 2.0', tpmHelp: 'Windows 11 demands one.', agent: 'Guest agent is installed', agentHelp: 'The QEMU guest agent. With it, tests and updates can ask the system itself.',
      memory: 'Memory in MiB', memoryHelp: 'Of each machine, unless its pool says otherwise.', cpus: 'Processors', cpusHelp: 'Of each machine, unless its pool says otherwise.',
      summary: '{{system}}, {{firmware}}, {{drivers}} devices, {{memory}}, {{cpus}} processors', withTpm: 'TPM', withAgent: 'guest agent',
    },
    import: {
      title: 'Import a file', drop: 'Drop a disk or an ISO here, or', choose: 'Choose a file', chosen: 'Another file', kinds: 'qcow2, raw, VMDK, VHDX or ISO; up to 2 TiB', file: 'File', fileSize: '{{name}}, {{size}}',
      name: 'Name', nameHelp: 'Small letters, digits and hyphens. A name that is there already gets a new version.', mediumNameHelp: 'As it shall stand in the list of media.', format: 'Format', formatHelp: 'Guessed from the ending of the file\'s name.', formatIso: 'ISO (installer)',
      notes: 'Notes', notesHelp: 'What it is and where it comes from, for others.', isoText: 'An ISO becomes a medium for the drives of editing machines.', submit: 'Upload and import',
      running: 'Uploads', beginning: 'Asking where to send it…', failed: 'The upload has stopped', ordering: 'Everything is there. The import begins…', resume: 'Go on', again: 'Try again', cancel: 'Cancel', cancelName: 'Cancel the upload of {{name}}', dismiss: 'Put away', toImage: 'To the image', toMedia: 'To the media',
      unfinished: 'Unfinished uploads', unfinishedHere: '{{received}} of {{size}} are there. Choose the same file again to go on.', unfinishedThere: '{{received}} of {{size}}, begun by {{name}}', complete: 'All of it is there, and it waits to be imported.', chooseAgain: 'Choose the file', importNow: 'Import', giveUp: 'Give up', giveUpName: 'Give up the upload of {{name}}',
      otherFile: 'This is another file: it must be "{{name}}" with {{size}}, unchanged since.', cancelTitle: 'Cancel this upload?', cancelText: 'What was sent of "{{name}}" is thrown away.', keep: 'Keep it', next: 'You can look at other pages of the console meanwhile; closing the window interrupts the upload.',
    },
    create: {
      title: 'New image from an installer', text: 'A machine with an empty disk is made, with the installer in its drive. Install the system there, then publish it.', name: 'Name of the image', nameHelp: 'Small letters, digits and hyphens.', taken: 'There is an image of that name. This one becomes another version of it.',
      media: 'Media', mediaHelp: 'The installer, and drivers where it needs them; at most three.', noMedia: 'There are no media yet. Import an ISO first.', disk: 'Disk in GiB', diskHelp: 'The largest that the system can have; what it does not use takes no room.', submit: 'Make the machine', networkHelp: 'The installer may need the internet.',
    },
    edit: {
      title: 'Editing {{image}}', name: '{{image}} (editing)', panel: 'Editing', open: 'Show the panel', fromVersion: 'from version {{version}}', fromNothing: 'from an empty disk', size: '{{size}} of changes',
      state: { requested: 'Being made', booting: 'Starting', ready: 'Running', stopped: 'Switched off', recycling: 'Being deleted', failed: 'Failed', closed: 'Over', other: 'Waiting' },
      start: 'Switch it on', network: 'Network', networks: { internet: 'reaches the internet', isolated: 'none' }, media: 'In its drives', by: 'Begun by {{name}}, {{time}}',
      checkpoints: 'Checkpoints', checkpointsHelp: 'Each keeps memory and disk as they are now.', noCheckpoints: 'None yet.', take: 'Take', takeName: 'Name of the new checkpoint', here: 'here', goBack: 'Go back', goBackName: 'Go back to {{name}}', drop: 'Delete {{name}}', checkpoint: '{{time}}, {{size}}',
      backTitle: 'Go back to "{{name}}"?', backText: 'What was done since then is lost, unless another checkpoint has it. Other checkpoints stay.', dropTitle: 'Delete "{{name}}"?', dropText: 'The machine stays as it is; you can no longer go back to this checkpoint.',
      publish: 'Publish…', publishTitle: 'Publish as a new version', publishText: 'The machine is shut down and a version is made of its disk. It is tested by itself, then offered to pools.', notes: 'Notes', notesHelp: 'What is new, for others.', generalise: 'Take away what machines must not share', generaliseHelp: 'Machine identity, host keys, logs and the like. Leave this on unless you know why not.', publishConfirm: 'Publish',
      discard: 'Discard…', discardTitle: 'Discard this edit?', discardText: 'The machine is deleted with all its checkpoints and everything that was done in it. The version that it began from stays as it is.', discardConfirm: 'Discard', keep: 'Keep it',
      publishing: 'The version is being made', published: 'Version {{version}} is made', publishedText: 'It is tested now; pools get it when it has passed.', publishedPassed: 'It has passed its test and is offered to pools.', publishedFailed: 'It has failed its test. Pools do not get it.', toVersion: 'To the version', discarded: 'This edit was discarded', discardedText: 'Its machine is gone, with all that was done in it.', toImage: 'To the image', gone: 'There is no such edit', goneText: 'It was published or discarded long ago, or its address is mistyped.',
      off: 'The machine is switched off', offText: 'Nothing of its disk is lost. Switch it on to go on, or publish it as it is.', failedTitle: 'The machine has failed', failedText: 'What was done since it began is lost. Discard it and begin another one.', making: 'The machine is being made', readOnly: 'You may look at the state of this edit. Its screen is for administrators.',
    },
  },
  error: {
    'wrong-ticket': 'The host did not take the permission to send this file.', 'disk-full': 'The disk of the host is full. Delete versions or files there, then go on.', 'file-unreadable': 'The file cannot be read any more. It was changed, moved or unplugged: choose it again.', 'other-file': 'More of the file has arrived than this file has. Give this upload up and begin anew.',
  },
};

type Strings<T> = { readonly [K in keyof T]: T[K] extends string ? string : Strings<T[K]> };
export type ConsoleTexts = Strings<typeof en>;

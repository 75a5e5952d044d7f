import type { ConsoleTexts } from './en';

export const ko: ConsoleTexts = {
  console: {
    nav: '관리', back: '내 데스크톱', images: '골든 이미지', none: '없음', more: '더 보기', close: '닫기', cancel: '취소', save: '저장', delete: '삭제', notAllowed: '이 페이지를 볼 권한이 없습니다. 관리자에게 요청해 주세요.',
    state: { offered: '풀에 제공 중', testing: '검사하는 중', failed: '검사에 실패함', untested: '아직 검사하지 않음' },
    origin: { recipe: '레시피로 만듦', import: '가져옴', edit: '편집함', update: '업데이트함' },
    use: { current: '{{pool}}', pinned: '{{pool}} (지정됨)', previous: '{{pool}} (되돌리기용)' },
    list: {
      none: '아직 이미지가 없습니다', noneHelp: '디스크를 가져오거나, ISO로 시스템을 설치하거나, 아래 레시피로 만들어 보세요.',
      import: '파일 가져오기', create: '설치 미디어로 만들기', newest: '버전 {{version}}, {{time}}', nothing: '아직 버전 없음',
      pools: '풀', editedBy: '{{name}} 님이 편집 중', outdated: '이 이미지를 만든 뒤에 레시피가 바뀌었습니다.', rebuild: '다시 만들기',
      recipes: '레시피', recipesHelp: '이 서버가 스스로 만들 수 있는 이미지입니다.', build: '만들기', unbuilt: '아직 만들지 않음', current: '최신', changed: '그 뒤에 바뀜',
      media: '설치 미디어', mediaHelp: '편집용 머신의 드라이브에 넣는 ISO 파일입니다. 파일을 가져오면 추가됩니다.', noMedia: '아직 설치 미디어가 없습니다.', inUse: '{{images}}의 드라이브에서 사용 중', added: '{{size}}, {{time}}에 추가',
      deleteMedium: '{{name}} 삭제', deleteMediumTitle: '이 설치 미디어를 삭제할까요?', deleteMediumText: '‘{{name}}’ 파일이 서버에서 삭제됩니다. 나중에 다시 가져올 수 있습니다.',
      recent: '최근 작업',
    },
    job: {
      failed: '실패',
      kind: {
        build: '{{image}} 만들기', import: '{{image}} 가져오기', test: '{{image}} {{version}} 검사', update: '{{image}} {{version}} 업데이트', export: '{{image}} {{version}} 내보내기', delete: '{{image}} {{version}} 삭제',
        deleteMedium: '{{image}} 삭제', startEdit: '머신 켜기', saveCheckpoint: '체크포인트 저장', goBack: '체크포인트로 되돌리기', dropCheckpoint: '체크포인트 삭제', publish: '{{image}} 게시',
      },
      cancel: '취소', cancelling: '취소하는 중…', cancelName: '취소: {{name}}', by: '{{name}}, {{time}}', system: '서버', download: '내려받기', downloadName: '내려받기: {{name}}', percent: '{{value}}%',
    },
    step: {
      host: '호스트를 기다리는 중', turn: '차례를 기다리는 중', begins: '시작하는 중', start: '머신을 켜는 중', agent: '게스트 에이전트를 기다리는 중', desktop: '데스크톱을 기다리는 중', still: '화면이 다 그려지기를 기다리는 중', save: '머신을 저장하는 중', prove: '첫 복제를 시험하는 중',
      sent: '받은 파일을 확인하는 중', convert: '디스크를 변환하는 중', store: '저장소에 넣는 중', write: '파일을 쓰는 중', shutDown: '머신을 종료하는 중', kernel: '새 커널을 찾는 중', generalise: '게스트를 일반화하는 중', seal: '디스크를 정리하는 중', make: '버전을 만드는 중',
      image: '이미지를 켜는 중', updates: '업데이트를 설치하는 중', checkImage: '이미지 파일을 확인하는 중', checkTemplate: '템플릿 파일을 확인하는 중', template: '템플릿을 만들 때 확인함', noAgent: '게스트 에이전트가 없음', noScript: '스크립트가 없음',
      passed: '통과함', imported: '가져왔음', medium: '설치 미디어로 등록함', built: '만들었음', updated: '업데이트했음', published: '게시했음', cancelled: '취소했음', upToDate: '업데이트할 것이 없었음', exported: '이틀 동안 내려받을 수 있음', deleted: '삭제했음', ready: '준비됨', off: '꺼져 있음', on: '켜는 중', about: '곧 만들어짐', deleting: '삭제하는 중', discarded: '편집용 머신을 버렸음', kept: '보관했음', went: '되돌렸음',
    },
    test: { boots: '시작', agent: '게스트 에이전트 응답', painted: '화면 표시', forks: '복제', script: '검사 스크립트', title: '검사, {{time}}', passed: '통과', failed: '실패', skipped: '하지 않음', none: '아직 검사하지 않았습니다.' },
    image: {
      versions: '버전', none: '아직 버전이 없습니다.', version: '버전 {{version}}', newest: '최신', parentDeleted: '버전 {{version}}, 삭제됨', by: '{{time}}, {{name}}', size: '전체 {{whole}}, 자체 {{own}}',
      usedBy: '사용하는 곳', machines_one: '머신 {{count}}대', machines_other: '머신 {{count}}대', details: '자세히', hide: '간단히', actions: '버전 {{version}}의 다른 작업',
      hardware: '하드웨어', changes: '패키지', changesAgainst: '버전 {{version}}과 다른 패키지', noChanges: '원래 버전과 다른 패키지가 없습니다.', added: '추가', removed: '제거', changed: '변경',
      from: '버전 {{version}}에서 만듦', edit: '여기서 편집', test: '다시 검사', update: '업데이트 설치', export: 'qcow2로 내보내기', exportRaw: 'raw로 내보내기', delete: '삭제…',
      deleteTitle: '이 버전을 삭제할까요?', deleteText: '{{name}}의 버전 {{version}}이 완전히 삭제됩니다.', beingEdited: '{{name}} 님이 {{time}}부터 이 이미지를 편집하고 있습니다.', openEdit: '편집으로 가기',
      editedFrom: '편집 중', work: '작업', recent: '최근 작업', unknown: '‘{{name}}’ 이미지가 없습니다.', toImages: '모든 이미지 보기',
      editTitle: '버전 {{version}}에서 편집', editText: '이 버전으로 머신을 만듭니다. 게시하거나 버릴 때까지 그 안에서 작업하며, 이 버전 자체는 바뀌지 않습니다.', begin: '시작', isolated: '네트워크 없이', isolatedHelp: '선택하지 않으면 업데이트와 설치에 필요한 인터넷에 연결됩니다.', drives: '드라이브에 넣을 미디어',
      refused: { pools: '풀: {{pools}}', machines_one: '이 버전으로 만든 머신이 {{count}}대 있습니다', machines_other: '이 버전으로 만든 머신이 {{count}}대 있습니다', edit: '이 버전에서 시작한 편집이 있습니다.', author: '{{name}} 님이 편집하고 있습니다.' },
    },
    policy: {
      title: '정책', keep: '보관할 버전 수', keepHelp: '사용 중인 버전은 여기에 세지 않습니다. 비워 두면 모두 보관합니다.', script: '검사 스크립트', scriptHelp: '새 버전마다 그 머신 안에서 /bin/sh 또는 PowerShell로 실행하며, 종료 코드가 0이면 통과입니다. 비워 두면 실행하지 않습니다.',
      update: '자동으로 업데이트', updateHelp: '정한 시간마다 한 번씩 이미지를 새로 만들거나 시스템을 업데이트한 뒤 검사합니다.', days: '요일', from: '시작', to: '끝', zone: '시간대', saved: '저장했습니다.', stale: '지금 내용 불러오기',
      day: { monday: '월', tuesday: '화', wednesday: '수', thursday: '목', friday: '금', saturday: '토', sunday: '일' },
    },
    hardware: {
      system: '시스템', systemHelp: '나머지 항목의 기본값을 정합니다.', systems: { linux: '리눅스', windows: '윈도우', other: '기타' },
      firmware: '펌웨어', firmwareHelp: '디스크가 시작하는 방식입니다. 윈도우 11은 보안 부팅 UEFI가 필요하고, 오래된 디스크는 BIOS로 시작합니다.', firmwares: { kernel: '커널', bios: 'BIOS 방식', uefi: 'UEFI 방식', uefiSecure: 'UEFI 보안 부팅' },
      drivers: '장치', driversHelp: 'virtio는 더 빠르지만 시스템에 드라이버가 있어야 합니다. PC 장치는 어디서나 작동합니다.', driver: { virtio: 'virtio 장치', pc: 'PC 장치 (SATA, e1000)' },
      tpm: 'TPM 2.0 사용', tpmHelp: '윈도우 11에 필요합니다.', agent: '게스트 에이전트가 설치되어 있음', agentHelp: 'QEMU 게스트 에이전트입니다. 있으면 검사와 업데이트가 시스템에 직접 물어볼 수 있습니다.',
      memory: '메모리 (MiB 단위)', memoryHelp: '풀에서 따로 정하지 않으면 머신마다 이만큼 씁니다.', cpus: '프로세서 수', cpusHelp: '풀에서 따로 정하지 않으면 머신마다 이만큼 씁니다.',
      summary: '{{system}}, {{firmware}}, {{drivers}}, 메모리 {{memory}}, 프로세서 {{cpus}}개', withTpm: 'TPM 있음', withAgent: '게스트 에이전트 있음',
    },
    import: {
      title: '파일 가져오기', drop: '디스크나 ISO 파일을 여기에 놓거나', choose: '파일 선택', chosen: '다른 파일', kinds: 'qcow2, raw, VMDK, VHDX, ISO 파일, 최대 2TiB', file: '파일', fileSize: '{{name}}, {{size}}',
      name: '이름', nameHelp: '영문 소문자, 숫자, 하이픈만 쓸 수 있습니다. 이미 있는 이름이면 새 버전이 됩니다.', mediumNameHelp: '설치 미디어 목록에 표시할 이름입니다.', format: '형식', formatHelp: '파일 이름의 확장자로 짐작합니다.', formatIso: 'ISO (설치 미디어)',
      notes: '메모', notesHelp: '무엇이고 어디서 왔는지 다른 사람을 위해 적어 주세요.', isoText: 'ISO는 편집용 머신의 드라이브에 넣는 설치 미디어가 됩니다.', submit: '업로드하고 가져오기',
      running: '업로드', beginning: '보낼 곳을 묻는 중…', failed: '업로드가 멈췄습니다', ordering: '모두 도착했습니다. 가져오기를 시작합니다…', resume: '이어서 올리기', again: '다시 시도', cancel: '취소', cancelName: '{{name}} 업로드 취소', dismiss: '치우기', toImage: '이미지로 가기', toMedia: '설치 미디어로 가기',
      unfinished: '끝나지 않은 업로드', unfinishedHere: '{{size}} 중 {{received}}가 도착했습니다. 이어서 올리려면 같은 파일을 다시 선택해 주세요.', unfinishedThere: '{{size}} 중 {{received}}, {{name}} 님이 시작함', complete: '모두 도착했으며 가져오기를 기다리고 있습니다.', chooseAgain: '파일 선택', importNow: '가져오기', giveUp: '포기', giveUpName: '{{name}} 업로드 포기',
      otherFile: '다른 파일입니다. 그 뒤로 바뀌지 않은 ‘{{name}}’ ({{size}}) 파일이어야 합니다.', cancelTitle: '이 업로드를 취소할까요?', cancelText: '지금까지 보낸 ‘{{name}}’의 내용은 버려집니다.', keep: '계속', next: '그동안 관리 화면의 다른 페이지를 볼 수 있습니다. 창을 닫으면 업로드가 중단됩니다.',
    },
    create: {
      title: '설치 미디어로 새 이미지 만들기', text: '빈 디스크와 설치 미디어가 든 머신을 만듭니다. 그 안에 시스템을 설치한 다음 게시해 주세요.', name: '이미지 이름', nameHelp: '영문 소문자, 숫자, 하이픈만 쓸 수 있습니다.', taken: '같은 이름의 이미지가 있습니다. 이 이미지의 다른 버전이 됩니다.',
      media: '설치 미디어', mediaHelp: '설치 파일과, 필요하면 드라이버를 고릅니다. 최대 세 개입니다.', noMedia: '아직 설치 미디어가 없습니다. 먼저 ISO를 가져와 주세요.', disk: '디스크 (GiB 단위)', diskHelp: '시스템이 쓸 수 있는 최대 크기입니다. 쓰지 않는 공간은 자리를 차지하지 않습니다.', submit: '머신 만들기', networkHelp: '설치할 때 인터넷이 필요할 수 있습니다.',
    },
    edit: {
      title: '{{image}} 편집', name: '{{image}} (편집 중)', panel: '편집', open: '패널 열기', fromVersion: '버전 {{version}}에서 시작', fromNothing: '빈 디스크에서 시작', size: '변경된 내용 {{size}}',
      state: { requested: '만드는 중', booting: '켜는 중', ready: '실행 중', stopped: '꺼짐', recycling: '삭제하는 중', failed: '문제가 생김', closed: '끝남', other: '기다리는 중' },
      start: '켜기', network: '네트워크', networks: { internet: '인터넷에 연결됨', isolated: '없음' }, media: '드라이브', by: '{{time}}에 {{name}} 님이 시작함',
      checkpoints: '체크포인트', checkpointsHelp: '지금의 메모리와 디스크를 그대로 보관합니다.', noCheckpoints: '아직 없습니다.', take: '저장', takeName: '새 체크포인트 이름', here: '현재', goBack: '되돌리기', goBackName: '{{name}} 체크포인트로 되돌리기', drop: '{{name}} 체크포인트 삭제', checkpoint: '{{time}}, {{size}}',
      backTitle: '‘{{name}}’ 체크포인트로 되돌릴까요?', backText: '그 뒤에 한 일은 다른 체크포인트에 없으면 사라집니다. 다른 체크포인트는 그대로 남습니다.', dropTitle: '‘{{name}}’ 체크포인트를 삭제할까요?', dropText: '머신은 그대로 있지만, 이 체크포인트로는 더 이상 되돌릴 수 없습니다.',
      publish: '게시…', publishTitle: '새 버전으로 게시', publishText: '머신을 종료하고 그 디스크로 버전을 만듭니다. 저절로 검사를 거친 뒤 풀에 제공됩니다.', notes: '메모', notesHelp: '무엇이 달라졌는지 다른 사람을 위해 적어 주세요.', generalise: '머신끼리 공유하면 안 되는 것 지우기', generaliseHelp: '머신 식별 정보, 호스트 키, 기록 같은 것들입니다. 특별한 이유가 없으면 켜 두세요.', publishConfirm: '게시',
      discard: '버리기…', discardTitle: '이 편집을 버릴까요?', discardText: '머신이 모든 체크포인트, 그 안에서 한 모든 일과 함께 삭제됩니다. 편집을 시작한 버전은 그대로 남습니다.', discardConfirm: '버리기', keep: '계속 편집',
      publishing: '버전을 만들고 있습니다', published: '버전 {{version}}을 만들었습니다', publishedText: '지금 검사하고 있으며, 통과하면 풀에 제공됩니다.', publishedPassed: '검사를 통과해 풀에 제공됩니다.', publishedFailed: '검사에 실패해 풀에 제공되지 않습니다.', toVersion: '버전으로 가기', discarded: '이 편집을 버렸습니다', discardedText: '머신이 그 안에서 한 모든 일과 함께 삭제되었습니다.', toImage: '이미지로 가기', gone: '해당 편집이 없습니다', goneText: '오래전에 게시했거나 버린 편집이거나, 주소가 잘못되었습니다.',
      off: '머신이 꺼져 있습니다', offText: '디스크의 내용은 그대로 있습니다. 켜서 계속하거나 지금 그대로 게시할 수 있습니다.', failedTitle: '머신에 문제가 생겼습니다', failedText: '시작한 뒤에 한 일은 사라졌습니다. 이 편집을 버리고 새로 시작해 주세요.', making: '머신을 만들고 있습니다', readOnly: '이 편집의 상태만 볼 수 있습니다. 화면은 관리자만 볼 수 있습니다.',
    },
  },
  error: {
    'wrong-ticket': '호스트가 이 파일을 보낼 권한을 받아들이지 않았습니다.', 'disk-full': '호스트의 디스크가 가득 찼습니다. 버전이나 파일을 지운 뒤 이어서 올려 주세요.', 'file-unreadable': '파일을 더 이상 읽을 수 없습니다. 바뀌었거나 옮겨졌거나 장치가 빠졌습니다. 다시 선택해 주세요.', 'other-file': '이 파일의 크기보다 많은 내용이 이미 도착해 있습니다. 이 업로드를 포기하고 새로 시작해 주세요.',
  },
};

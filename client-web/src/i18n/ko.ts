import type { Translation } from './en';

export const ko: Translation = {
  app: { name: 'Vdi', tagline: '브라우저 탭 하나로 만나는 내 데스크톱', tagline2: '어떤 화면에서든 하던 일을 그대로 이어 가세요.' },
  language: { switch: 'English', label: '언어를 영어로 바꾸기' },
  theme: { dark: '어두운 화면으로 바꾸기', light: '밝은 화면으로 바꾸기' },
  signIn: {
    title: '로그인', userName: '사용자 이름', password: '비밀번호', submit: '로그인', show: '비밀번호 표시 또는 숨기기',
    help: '비밀번호를 잊으셨나요? 관리자에게 재설정을 요청해 주세요.',
  },
  password: {
    title: '새 비밀번호 설정', titleOwn: '비밀번호 변경',
    why: '현재 비밀번호는 다른 사람이 정한 것입니다. 계속하려면 본인만 아는 비밀번호로 바꿔 주세요.',
    current: '현재 비밀번호', next: '새 비밀번호', repeat: '새 비밀번호 확인', submit: '비밀번호 저장',
    mismatch: '새 비밀번호가 서로 다릅니다.', same: '새 비밀번호는 현재 비밀번호와 달라야 합니다.',
  },
  user: { menu: '{{name}} 님의 계정', password: '비밀번호 변경', signOut: '로그아웃', back: '뒤로' },
  start: {
    title: '내 데스크톱', none: '아직 데스크톱이 없습니다', noneHelp: '사용할 수 있는 데스크톱이 없습니다. 관리자에게 요청해 주세요.',
    loading: '데스크톱을 불러오는 중입니다…',
  },
  desktop: {
    open: '열기', resume: '이어서 사용', end: '종료', ready_one: '바로 사용 가능 {{count}}대', ready_other: '바로 사용 가능 {{count}}대', onDemand: '요청하면 시작됩니다',
    available: '사용 가능', preparing: '준비 중', unavailable: '사용할 수 없음',
    running: '실행 중', runningElsewhere: '다른 창에서 사용 중', ending: '종료하는 중…',
  },
  launch: {
    queued: '빈 자리를 기다리고 있습니다', position: '대기 순서 {{position}}번째', next: '다음 차례입니다', preparing: '데스크톱을 준비하고 있습니다…', opening: '여는 중입니다…',
    step: { authorise: '권한 확인', choose: '머신 선택', fork: '복제', agent: '시작', admit: '접속 허용', firstFrame: '화면' },
    milliseconds: '{{value}}ms', failed: '데스크톱을 시작하지 못했습니다',
  },
  end: {
    title: '이 데스크톱을 종료할까요?', text: '‘{{name}}’ 데스크톱의 머신이 삭제됩니다. 다른 곳에 저장하지 않은 내용은 사라집니다.',
    confirm: '데스크톱 종료', cancel: '계속 사용',
  },
  session: {
    connecting: '연결하는 중입니다…', reconnecting: '다시 연결하는 중입니다…', screen: '{{name}} 화면', desktop: '데스크톱',
    toolbar: '데스크톱 도구', show: '도구 표시 (Ctrl+Alt+Shift)', hide: '도구 숨기기', fullScreen: '전체 화면', exitFullScreen: '전체 화면 나가기',
    fit: '창에 맞추기', actual: '실제 크기', ctrlAltDel: 'Ctrl+Alt+Del 보내기', keyboard: '화면 키보드', end: '데스크톱 종료', leave: '나가기 (계속 실행됩니다)',
    untypable: '이 키보드로 보낼 수 없는 글자입니다: {{text}}. 데스크톱 안에서 입력 언어를 바꿔 입력해 주세요.',
    back: '내 데스크톱으로 돌아가기', again: '다시 시도', here: '여기서 사용', signIn: '다시 로그인',
    ended: {
      'taken-over': { title: '다른 창에서 열렸습니다', text: '이 데스크톱을 지금 다른 창에서 사용하고 있습니다. 이 창으로 다시 가져올 수 있습니다.' },
      ended: { title: '데스크톱이 종료되었습니다', text: '사용하던 머신이 삭제되었습니다. 새 데스크톱을 열 수 있습니다.' },
      failed: { title: '머신에 문제가 생겼습니다', text: '데스크톱이 예기치 않게 멈췄습니다. 새로 열어 주시고, 문제가 반복되면 관리자에게 알려 주세요.' },
      'signed-out': { title: '로그아웃되었습니다', text: '계속하려면 다시 로그인해 주세요. 데스크톱은 계속 실행 중일 수 있습니다.' },
      unreachable: { title: '데스크톱에 연결할 수 없습니다', text: '네트워크를 확인하고 다시 시도해 주세요. 데스크톱은 계속 실행 중일 수 있습니다.' },
      refused: { title: '데스크톱을 열지 못했습니다', text: '호스트가 이 창의 접속을 허용하지 않았습니다. 내 데스크톱에서 다시 시도해 주세요.' },
    },
  },
  error: {
    title: '요청을 처리하지 못했습니다', retry: '다시 시도',
    'bad-credentials': '사용자 이름이나 비밀번호가 올바르지 않습니다. 확인하고 다시 시도해 주세요.',
    'locked-out': '로그인에 여러 번 실패했습니다. 잠시 후 다시 시도해 주세요.',
    'locked-out-for': '로그인에 여러 번 실패했습니다. {{seconds}}초 후에 다시 시도해 주세요.',
    'bad-password': '비밀번호를 변경하지 못했습니다.',
    'unknown-pool': '더 이상 없는 데스크톱입니다. 페이지를 새로 고쳐 주세요.',
    'not-entitled': '이 데스크톱을 열 권한이 없습니다. 관리자에게 권한을 요청해 주세요.',
    'no-capacity': '모든 머신이 사용 중입니다. 몇 분 후에 다시 시도해 주세요.',
    'unknown-session': '이미 종료된 데스크톱입니다. 새로 열어 주세요.',
    'wrong-state': '아직 준비되지 않았습니다. 잠시 후 다시 시도해 주세요.',
    'password-change-required': '먼저 새 비밀번호를 설정해 주세요.',
    unreachable: '서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도해 주세요.',
    'server-error': '서버에 문제가 있습니다. 다시 시도해 주시고, 계속되면 관리자에게 알려 주세요.',
  },
  notFound: { title: '페이지를 찾을 수 없습니다', text: '주소를 다시 확인해 주세요.' },
};

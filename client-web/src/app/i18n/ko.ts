import type { ApplicationTexts } from './en';

export const ko: ApplicationTexts = {
  application: {
    opening: '{{name}} 앱을 여는 중입니다…', openingUnnamed: '앱을 여는 중입니다…', notOpened: '{{name}} 앱을 열지 못했습니다', unnamed: '이', again: '다시 시도', back: '시작 페이지로',
    plain: '그 값 없이 열기',
    unknown: { title: '앱을 찾을 수 없습니다', text: '주소가 잘못되었거나, 게시가 취소되었거나, 사용할 권한이 없는 앱입니다. 필요하면 관리자에게 문의해 주세요.' },
    closed: { title: '{{name}} 앱을 닫았습니다', text: '앱과 그 머신이 종료되었습니다.', open: '다시 열기' },
    failed: { title: '{{name}} 앱이 멈췄습니다', text: '예기치 않게 끝났거나 시작하지 못했습니다. 다시 시작해 주시고, 문제가 반복되면 관리자에게 알려 주세요.', output: '무슨 일이 있었나요', start: '다시 시작' },
    over: {
      ended: { title: '{{name}} 앱이 종료되었습니다', text: '다시 열 수 있습니다.' },
      failed: { title: '머신에 문제가 생겼습니다', text: '머신과 함께 {{name}} 앱이 멈췄습니다. 다시 열어 주시고, 문제가 반복되면 관리자에게 알려 주세요.' },
      'taken-over': { title: '다른 창에서 열렸습니다', text: '{{name}} 앱을 지금 다른 창에서 사용하고 있습니다. 이 창으로 다시 가져올 수 있습니다.' },
      'first-closed': { title: '첫 번째 창이 닫혔습니다', text: '{{name}} 앱은 계속 실행 중입니다. 필요할 때 다시 열어 주세요.' },
      idle: { title: '한동안 사용하지 않았습니다', text: '{{name}} 앱은 계속 실행 중입니다. 필요할 때 다시 열어 주세요.' },
      'signed-out': { title: '로그아웃되었습니다', text: '계속하려면 다시 로그인해 주세요. {{name}} 앱은 계속 실행 중일 수 있습니다.' },
      unreachable: { title: '{{name}} 앱에 연결할 수 없습니다', text: '네트워크를 확인하고 다시 시도해 주세요. 앱은 계속 실행 중일 수 있습니다.' },
      refused: { title: '{{name}} 앱을 열지 못했습니다', text: '호스트가 이 창의 접속을 허용하지 않았습니다. 다시 시도해 주세요.' },
    },
    openFile: '열기', openFileName: '{{file}} 파일을 {{name}} 앱에서 열기', opened: '{{name}} 앱에서 열었습니다', notOpenedFile: '{{name}} 앱에서 열지 못했습니다. 다시 시도해 주세요.', mayNotSend: '{{name}} 앱에는 파일을 보낼 수 없어 {{files}} 파일을 열지 않았습니다.',
    link: {
      ended: { title: '{{name}} 앱을 닫았습니다', text: '이제 이 페이지를 닫아도 됩니다.' },
      sessionOver: { title: '{{name}} 앱의 사용 시간이 끝났습니다', text: '다시 열거나, 링크를 보낸 사람에게 새 링크를 요청해 주세요.' },
      ask: '링크를 보낸 사람에게 새 링크를 요청해 주세요.',
      refused: {
        'link-unknown': { title: '올바르지 않은 링크입니다', text: '전달되는 동안 잘리거나 바뀌었을 수 있습니다.' },
        'link-expired': { title: '기한이 지난 링크입니다', text: '정해진 기간에만 쓸 수 있는 링크였습니다.' },
        'link-used-up': { title: '이미 다 사용한 링크입니다', text: '정해진 횟수만큼만 열 수 있는 링크였습니다.' },
        'link-revoked': { title: '취소된 링크입니다', text: '링크를 보낸 사람이나 관리자가 취소했습니다.' },
        'link-origin': { title: '이 페이지에서는 쓸 수 없는 링크입니다', text: '지금 보고 있는 페이지 안에서는 앱을 표시할 수 없습니다. 페이지 운영자에게 알려 주세요.' },
        'app-closed-now': { title: '지금은 앱을 사용할 수 없습니다', text: '나중에 다시 시도해 주세요. 링크는 그대로 쓸 수 있습니다.' },
        'no-capacity': { title: '모두 사용 중입니다', text: '남은 머신이 없습니다. 몇 분 후에 다시 시도해 주세요. 링크는 그대로 쓸 수 있습니다.' },
        'bad-arguments': { title: '올바르지 않은 링크입니다', text: '앱이 받을 수 없는 값이 들어 있습니다.' },
        unreachable: { title: '서버에 연결할 수 없습니다', text: '네트워크를 확인하고 다시 시도해 주세요.' },
        other: { title: '앱을 열지 못했습니다', text: '서버에 문제가 있습니다. 몇 분 후에 다시 시도해 주세요.' },
      },
    },
  },
};

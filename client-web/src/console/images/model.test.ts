import { expect, it } from 'vitest';
import type { EditView, JobView, RecipeView, VersionView } from '../../api/images';
import { byChange, failedStep, imageRows, stateOf } from './model';

const version = (change: Partial<VersionView>): VersionView => ({
  name: 'tiny', version: 'a', built: '2026-01-01T00:00:00Z', hosts: [], pools: [], usedBy: [], machines: 0, edit: null, memoryMiB: 768, hardware: null, origin: 'import', parent: null, parentDeleted: false,
  author: 'admin', notes: '', bytes: 1, ownBytes: 1, offered: false, test: null, recipe: null, outdated: null, changes: null, ...change,
});
const job = (change: Partial<JobView>): JobView => ({
  id: '1', kind: 'test', image: 'tiny', version: 'a', edit: null, state: 'running', step: '', fraction: null, result: null, cancelling: false, who: 'admin', created: '', started: null, ended: null, ...change,
});
const test = (...passed: (boolean | null)[]) => ({ passed: passed.every((one) => one !== false), at: '', steps: passed.map((one, i) => ({ name: `step${i}`, passed: one, seconds: null, words: null })) });

it('says of a version whether pools may have it', () => {
  expect(stateOf(version({}), [])).toBe('untested');
  expect(stateOf(version({ offered: true }), [])).toBe('offered');
  expect(stateOf(version({ offered: true, test: test(true) }), [])).toBe('offered');
  expect(stateOf(version({ test: test(true, false, null) }), [])).toBe('failed');
  expect(stateOf(version({ test: test(false) }), [job({})])).toBe('testing');
  expect(stateOf(version({}), [job({ version: 'b' }), job({ image: 'other' }), job({ kind: 'export' }), job({ ended: 'x' })])).toBe('untested');
});

it('names the step at which a test failed', () => {
  expect(failedStep(test(true, false, null))?.name).toBe('step1');
  expect(failedStep(test(true))).toBeUndefined();
  expect(failedStep(null)).toBeUndefined();
});

it('gathers what belongs to each image, also where it has no version yet', () => {
  const rows = imageRows(
    [version({ version: 'b', built: '2026-02-01T00:00:00Z', pools: ['z'] }), version({ pools: ['a', 'z'] })],
    [job({ kind: 'build', image: 'desktop', version: null }), job({ id: '2' }), job({ id: '3', ended: 'x' }), job({ id: '4', kind: 'deleteMedium', image: 'cd', version: null })],
    [{ image: 'office', author: 'kim' } as EditView],
    [{ name: 'tiny', hash: 'h', newest: 'a', outdated: true } satisfies RecipeView],
  );
  expect(rows.map(({ name }) => name)).toEqual(['desktop', 'office', 'tiny']);
  expect(rows[2]).toMatchObject({ newest: { version: 'b' }, pools: ['a', 'z'], state: 'untested', outdated: true, jobs: [{ id: '2' }], edit: undefined });
  expect(rows[0]).toMatchObject({ newest: undefined, state: undefined, jobs: [{ id: '1' }], outdated: false });
  expect(rows[1]).toMatchObject({ edit: { author: 'kim' } });
});

it('sorts packages by what happened to them', () => {
  const [added, removed, changed] = [{ before: null, after: '1' }, { before: '1', after: null }, { before: '1', after: '2' }];
  expect(byChange([changed, removed, added])).toEqual({ added: [added], removed: [removed], changed: [changed] });
});

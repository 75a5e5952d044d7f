import type { EditView, ImageTest, ImageTestStep, JobView, RecipeView, VersionView } from '../../api/images';

/** Whether pools may have a version; `testing` also while it waits for its first test. */
export type VersionState = 'offered' | 'testing' | 'failed' | 'untested';

/** An image in the list. */
export interface ImageRow {
  readonly name: string;
  /** Undefined where there is none yet: it is being built, imported or installed. */
  readonly newest: VersionView | undefined;
  readonly state: VersionState | undefined;
  /** The pools that have any of its versions. */
  readonly pools: readonly string[];
  readonly edit: EditView | undefined;
  readonly jobs: readonly JobView[];
  /** The recipe was changed since the newest version that was built from it. */
  readonly outdated: boolean;
}

/** The jobs of which something may still come. */
export function underWay(jobs: readonly JobView[]): JobView[] {
  return jobs.filter((job) => job.ended === null);
}

/** How often what is shown is asked for: closely while something runs. */
export function pollMs(busy: boolean): number {
  return busy ? 1_200 : 4_000;
}

export function stateOf(version: Pick<VersionView, 'name' | 'version' | 'test' | 'offered'>, jobs: readonly JobView[]): VersionState {
  if (jobs.some((job) => job.kind === 'test' && job.ended === null && job.image === version.name && job.version === version.version)) return 'testing';
  if (version.test !== null) return version.test.passed ? 'offered' : 'failed';
  return version.offered ? 'offered' : 'untested';
}

/** The step at which a test failed. */
export function failedStep(test: ImageTest | null): ImageTestStep | undefined {
  return test?.passed === false ? test.steps.find((step) => step.passed === false) : undefined;
}

/** Images by name, with what belongs to them; also those of which nothing is there yet. `versions` has the newest of each first. */
export function imageRows(versions: readonly VersionView[], jobs: readonly JobView[], edits: readonly EditView[], recipes: readonly RecipeView[]): ImageRow[] {
  const open = underWay(jobs).filter(({ kind }) => kind !== 'deleteMedium');
  const names = new Set([...versions.map(({ name }) => name), ...edits.map(({ image }) => image), ...open.filter(({ kind }) => kind === 'build').map(({ image }) => image)]);
  return [...names].sort().map((name) => {
    const own = versions.filter((version) => version.name === name);
    const newest = own.reduce<VersionView | undefined>((best, version) => (best === undefined || version.built > best.built ? version : best), undefined);
    return {
      name,
      newest,
      state: newest && stateOf(newest, jobs),
      pools: [...new Set(own.flatMap(({ pools }) => pools))].sort(),
      edit: edits.find((edit) => edit.image === name),
      jobs: open.filter((job) => job.image === name),
      outdated: recipes.some((recipe) => recipe.name === name && recipe.outdated === true),
    };
  });
}

/** An ISO's import results in the medium's hash. */
export function isHash(result: string | null): boolean {
  return result !== null && /^[0-9a-f]{64}$/.test(result);
}

/** What differs from another version's packages, by what happened to them. */
export function byChange<T extends { readonly before: string | null; readonly after: string | null }>(changes: readonly T[]): { readonly added: T[]; readonly removed: T[]; readonly changed: T[] } {
  return {
    added: changes.filter(({ before }) => before === null),
    removed: changes.filter(({ after }) => after === null),
    changed: changes.filter(({ before, after }) => before !== null && after !== null),
  };
}

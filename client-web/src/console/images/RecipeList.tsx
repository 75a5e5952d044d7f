import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { images } from '../../api/images';
import type { JobView, RecipeView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { underWay } from './model';
import { useAct } from './queries';

interface RecipeListProps {
  readonly recipes: readonly RecipeView[];
  readonly jobs: readonly JobView[];
  readonly rights: Rights;
}

/** What can be built here; whoever has built all of it finds the hint to build anew at the image. */
export function RecipeList({ recipes, jobs, rights }: RecipeListProps) {
  const { t } = useTranslation();
  const build = useAct(images.build);
  if (recipes.length === 0) return null;
  const building = new Set(underWay(jobs).filter(({ kind }) => kind === 'build').map(({ image }) => image));
  return (
    <section className="section">
      <h2 className="section-name">{t('console.list.recipes')}</h2>
      <Text size="sm" className="soft word-keep">{t('console.list.recipesHelp')}</Text>
      <ul className="box plain">
        {recipes.map((recipe) => (
          <li key={recipe.name} className="line" data-testid={`recipe-${recipe.name}`}>
            <Text size="sm" className="word-keep"><b>{recipe.name}</b> <span className="soft">{recipe.newest === null ? t('console.list.unbuilt') : recipe.outdated === true ? t('console.list.changed') : t('console.list.current')}</span></Text>
            {rights.operate && <Button size="xs" variant="default" disabled={building.has(recipe.name)} loading={build.isPending && build.variables === recipe.name} onClick={() => build.mutate(recipe.name)} data-testid="recipe-build">{recipe.newest === null ? t('console.list.build') : t('console.list.rebuild')}</Button>}
          </li>
        ))}
      </ul>
      <Refusal error={build.error} />
    </section>
  );
}

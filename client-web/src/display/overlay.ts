import type { Rectangle } from '../wire/messages';
import type { Encoding } from './screen';

/** How long a region stays coloured. */
const shownMs = 600;

const colours: Readonly<Record<Encoding, string>> = {
  move: 'rgb(64 160 255 / 35%)',
  fill: 'rgb(160 160 160 / 35%)',
  palette: 'rgb(64 200 96 / 35%)',
  predicted: 'rgb(255 176 32 / 35%)',
  image: 'rgb(255 64 96 / 35%)',
  video: 'rgb(176 64 255 / 35%)',
};

/** Regions that came of late, coloured by their encoding. */
export class Overlay {
  #marks: { readonly encoding: Encoding; readonly region: Rectangle; readonly until: number }[] = [];
  on = false;

  mark(encoding: Encoding, region: Rectangle, now: number): void {
    if (this.on) this.#marks.push({ encoding, region, until: now + shownMs });
  }

  /** What is coloured now; regions whose time is over are forgotten. */
  at(now: number): readonly { readonly colour: string; readonly region: Rectangle }[] {
    this.#marks = this.on ? this.#marks.filter((mark) => mark.until > now) : [];
    return this.#marks.map(({ encoding, region }) => ({ colour: colours[encoding], region }));
  }
}

/** What Python gives to the line of a filter and what it gives back (ml_studio/run_filter.py). */

/** A name that runs have, with what is known of its values. */
export interface FilterColumn {
  readonly kind: string;
  readonly key: string;
  /** How many runs have it. */
  readonly runs: number;
  /** How many different values there are. */
  readonly values: number;
  readonly low: number | null;
  readonly high: number | null;
  /** The commonest values, each with the number of its runs. */
  readonly common: readonly (readonly [string | number, number])[];
}

/** What the reading room says of a filter that it cannot read. */
export interface Mistake {
  /** In signs, from 0. */
  readonly position: number;
  readonly message: string;
  readonly found: string;
  /** The nearest name; empty where none is near. */
  readonly near: string;
}

export interface Example {
  readonly code: string;
  readonly meaning: string;
}

export interface FilterData {
  /** The filter of the address. */
  readonly sentence: string;
  /** Of all runs that the written filter chooses from. */
  readonly columns: readonly FilterColumn[];
  readonly runs: number;
  /** Whether numbers of runs are those of a sample. */
  readonly sampled: boolean;
  readonly examples: readonly Example[];
  readonly mistake: Mistake | null;
  /** What the table shows while there is a mistake. */
  readonly meanwhile: string;
}

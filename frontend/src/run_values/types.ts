/** What Python gives to the values of a run (ml_studio/run_values.py). */

/** One metric; numbers are texts as they were logged. */
export interface MetricValue {
  readonly name: string;
  readonly last: string;
  /** In words, such as `step 12`. */
  readonly step: string;
  /** The lowest and the highest finite value; empty before its curve was read. */
  readonly low: string;
  readonly low_step: string;
  readonly high: string;
  readonly high_step: string;
  /** Its course, thinned; null is a value that is no finite number. */
  readonly line: readonly (number | null)[];
}

export interface TextValue {
  readonly name: string;
  readonly value: string;
}

export interface ValuesData {
  readonly metrics: readonly MetricValue[];
  readonly texts: readonly TextValue[];
  /** What the names are called, such as `Metric`. */
  readonly kind: string;
  /** The same text says that these are the same values, though they were sent again. */
  readonly version: string;
}

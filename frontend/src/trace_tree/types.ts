/** What Python gives to the tree of spans (ml_studio/trace_tree.py). Times are milliseconds. */

export interface SpanEvent {
  readonly name: string;
  readonly at: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Span {
  readonly id: string;
  /** Empty at the top. */
  readonly parent: string;
  readonly name: string;
  readonly kind: string;
  /** Since the trace began. */
  readonly start: number;
  /** Null while it runs. */
  readonly duration: number | null;
  readonly failed: boolean;
  readonly message: string;
  /** Texts as they were logged, mostly JSON. */
  readonly inputs: string;
  readonly outputs: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly SpanEvent[];
}

export interface TraceData {
  readonly spans: readonly Span[];
  readonly label: string;
  /** The same text says that these are the same spans, though they were sent again. */
  readonly version: string;
  /** The span that is open at first. */
  readonly chosen: string;
  readonly height: number;
}

/** What Python gives to the view of a log and what it gives back (ml_studio/log_view.py). */

export interface LogData {
  /** The newest part of the file. */
  readonly text: string;
  /** The same text says that this is the same part, though it was sent again. */
  readonly version: string;
  /** Another file is another text. */
  readonly file: string;
  readonly label: string;
  /** Bytes of the file before the part; 0 where it begins with the file. */
  readonly before: number;
  /** Whether earlier bytes may be asked for. */
  readonly more: boolean;
  /** Whether new lines come by themselves. */
  readonly live: boolean;
  readonly height: number;
}

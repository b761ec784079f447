/** The command line asks for a text (`-h`, `-cpu help`) instead of a machine: thrown from wherever that is found out. */
export class Answer extends Error {
  readonly text: string;

  constructor(text: string) {
    super("asked for help");
    this.text = text;
  }
}

package io.stagepost;

/** Whether trying again can help. */
public enum FailureKind {
  /** It may: a database or a registry is away, a lock was lost. The default for any exception. */
  TRANSIENT,
  /** It will not: the event asks for what cannot be done. No exception counts as this yet. */
  PERMANENT,
  /** It will not: the bytes are not an event of the type they claim to be. */
  POISON;

  /**
   * The kind of a failure, by its type: a {@link DecodeException} is poison, all else transient.
   *
   * @param failure what a handler or a codec threw
   * @return never null
   */
  public static FailureKind of(Throwable failure) {
    return failure instanceof DecodeException ? POISON : TRANSIENT;
  }
}

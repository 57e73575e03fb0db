package io.stagepost;

/** Whether trying again can help; {@link FailureClassifier} tells it of an exception. */
public enum FailureKind {
  /** It may: a database or a registry is away, a lock was lost, a handler took too long. */
  TRANSIENT,
  /** It will not: the event asks for what cannot be done. */
  PERMANENT,
  /** It will not: the bytes are not an event of the type they claim to be. */
  POISON
}

package io.stagepost.schema.internal.avro;

/** A body that is not what it should be. Without a stack: a flood of them is to be cheap. */
public final class Malformed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether it may be well-formed, and is more than is allowed. */
  private final boolean limit;

  private Malformed(String message, boolean limit) {
    super(message, null, false, false);
    this.limit = limit;
  }

  static Malformed because(String what) {
    return new Malformed(what, false);
  }

  static Malformed limit(String what) {
    return new Malformed(what, true);
  }

  public boolean isLimit() {
    return limit;
  }
}

package io.stagepost.benchmarks;

/** The benchmarks cannot go on; the message is for the person who runs them. */
public final class BenchmarkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * One.
   *
   * @param message what is wrong
   */
  public BenchmarkException(String message) {
    super(message);
  }
}

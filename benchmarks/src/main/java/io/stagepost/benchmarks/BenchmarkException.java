package io.stagepost.benchmarks;

/** The benchmarks cannot go on; the message is for the person who runs them. */
final class BenchmarkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BenchmarkException(String message) {
    super(message);
  }
}

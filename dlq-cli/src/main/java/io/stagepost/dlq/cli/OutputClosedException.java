package io.stagepost.dlq.cli;

import java.io.IOException;

/** Whoever read standard output has closed it. */
final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OutputClosedException(IOException cause) {
    super(cause);
  }
}

package io.stagepost.dlq.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/** Whoever read standard output has closed it. */
final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private OutputClosedException(IOException cause) {
    super(cause);
  }

  /** A writer that ends the command when nobody reads on, where a print writer would go on. */
  static Writer watching(Writer out) {
    return new FilterWriter(out) {
      @Override
      public void write(int character) {
        attempt(() -> out.write(character));
      }

      @Override
      public void write(char[] characters, int offset, int length) {
        attempt(() -> out.write(characters, offset, length));
      }

      @Override
      public void write(String text, int offset, int length) {
        attempt(() -> out.write(text, offset, length));
      }

      @Override
      public void flush() {
        attempt(out::flush);
      }
    };
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void attempt(Writing writing) {
    try {
      writing.run();
    } catch (IOException closed) {
      throw new OutputClosedException(closed);
    }
  }
}

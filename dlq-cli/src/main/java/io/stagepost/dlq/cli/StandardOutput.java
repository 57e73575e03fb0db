package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.regex.Pattern;

/**
 * Standard output, which ends the command once it cannot be written, where a print writer would go
 * on. That is told once; what comes behind is dropped. Closing it leaves it open. Not thread-safe.
 */
final class StandardOutput extends OutputStream {
  /** What the JDK says if the reader is gone; all else is trouble with where the output goes. */
  private static final Pattern CLOSED =
      Pattern.compile("broken pipe|connection reset", Pattern.CASE_INSENSITIVE);

  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private boolean failed;

  @Override
  public void write(int octet) {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  /**
   * Writes bytes.
   *
   * @throws OutputClosedException if nobody reads on
   * @throws MessagingException {@code SP-DLQ-181} if they cannot be written: a full disk, say
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (failed) {
      return;
    }
    try {
      out.write(bytes, offset, length);
    } catch (IOException failure) {
      failed = true;
      String why = String.valueOf(failure.getMessage());
      if (CLOSED.matcher(why).find()) {
        throw new OutputClosedException(failure);
      }
      throw new MessagingException(
          "SP-DLQ-181",
          "Standard output cannot be written: "
              + why
              + ". What is there of it is cut short. Make room where it goes, or let it go"
              + " elsewhere, and call the command again.",
          failure);
    }
  }
}

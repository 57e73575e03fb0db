package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.samples.shop.LineParser.BrokenLineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A CSV file of order lines, read one physical line at a time. Opening it checks the file as a
 * whole: that it is there, is UTF-8 and has the right header. What is wrong with a single line is
 * told in its place, as a {@link Line.Unreadable}.
 */
public final class OrderLineFile implements AutoCloseable {
  private static final byte[] UTF_8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final Path path;
  private final InputStream in;
  private final RawLines lines;

  private OrderLineFile(Path path, InputStream in, RawLines lines) {
    this.path = path;
    this.in = in;
    this.lines = lines;
  }

  public static OrderLineFile open(Path path) throws UnusableInputException {
    if (!Files.exists(path)) {
      throw new UnusableInputException(path + ": no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new UnusableInputException(
          path + ": not a regular file; the input is read more than once, so a pipe will not do");
    }
    InputStream in = null;
    try {
      in = Files.newInputStream(path);
      RawLines lines = new RawLines(withoutMark(in));
      checkHeader(path, lines.next());
      return new OrderLineFile(path, in, lines);
    } catch (IOException | UnusableInputException failure) {
      closeQuietly(in, failure);
      throw failure instanceof UnusableInputException unusable
          ? unusable
          : unreadable(path, (IOException) failure);
    }
  }

  /** How many lines it has, the header not counted. Reads all of it. */
  public static long count(Path path) throws UnusableInputException {
    try (OrderLineFile file = open(path)) {
      long count = 0;
      while (file.raw() != null) {
        count++;
      }
      return count;
    }
  }

  /** The next line; null at the end. */
  public @Nullable Line next() throws UnusableInputException {
    RawLine line = raw();
    return line == null ? null : LineParser.parse(line);
  }

  @Override
  public void close() throws UnusableInputException {
    try {
      in.close();
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }

  private @Nullable RawLine raw() throws UnusableInputException {
    try {
      return lines.next();
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }

  private static InputStream withoutMark(InputStream in) throws IOException {
    PushbackInputStream start = new PushbackInputStream(in, UTF_8_MARK.length);
    byte[] first = start.readNBytes(UTF_8_MARK.length);
    if (!Arrays.equals(first, UTF_8_MARK)) {
      start.unread(first);
    }
    return start;
  }

  private static void checkHeader(Path path, @Nullable RawLine header)
      throws UnusableInputException {
    if (header == null) {
      throw new UnusableInputException(
          path + ": the file is empty; line 1 should be " + expected());
    }
    if (looksLikeUtf16(header.bytes())) {
      throw new UnusableInputException(
          path + ", line 1: the file looks like UTF-16; convert it to UTF-8");
    }
    List<String> columns;
    try {
      columns = LineParser.fields(LineParser.decode(header.bytes()));
    } catch (CharacterCodingException malformed) {
      throw new UnusableInputException(
          path + ", line 1: the header is not valid UTF-8; convert the file to UTF-8");
    } catch (BrokenLineException broken) {
      throw new UnusableInputException(
          path + ", line 1: " + broken.getMessage() + "; the header should be " + expected());
    }
    if (!columns.equals(LineParser.COLUMNS)) {
      throw new UnusableInputException(
          "%s, line 1: the header is \"%s\"; it should be %s"
              .formatted(path, shortened(String.join(",", columns)), expected()));
    }
  }

  private static String expected() {
    return '"' + String.join(",", LineParser.COLUMNS) + '"';
  }

  private static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  /** A byte order mark of UTF-16, or the zeros that UTF-16 has between Latin letters. */
  private static boolean looksLikeUtf16(byte[] bytes) {
    if (bytes.length >= 2) {
      int mark = ((bytes[0] & 0xFF) << 8) | (bytes[1] & 0xFF);
      return mark == 0xFEFF || mark == 0xFFFE || new String(bytes, UTF_8).indexOf('\0') >= 0;
    }
    return false;
  }

  private static UnusableInputException unreadable(Path path, IOException failure) {
    String why =
        failure instanceof AccessDeniedException
            ? "permission denied"
            : failure.getClass().getSimpleName() + " (" + failure.getMessage() + ")";
    return new UnusableInputException(path + ": cannot be read: " + why);
  }

  private static void closeQuietly(@Nullable InputStream in, Exception failure) {
    try {
      if (in != null) {
        in.close();
      }
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }
}

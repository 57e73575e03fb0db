package io.stagepost.prove;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one life of a relay process has sent, and what came of it: a file of lines that are written
 * at once, so that they outlive a kill.
 *
 * <pre>
 *   1767268800123 send EVENT
 *   1767268800125 done EVENT
 *   1767268802131 fail EVENT REASON
 * </pre>
 *
 * Thread-safe.
 */
final class SendBook {
  private static final String SUFFIX = ".sends";

  private final OutputStream out;

  /** A book for a new life of this process. */
  SendBook(Path directory, String relay) throws IOException {
    Path file = directory.resolve(relay + "." + ProcessHandle.current().pid() + SUFFIX);
    this.out = new FileOutputStream(file.toFile(), true);
  }

  void begun(String event) {
    write("send", event, "");
  }

  /**
   * An answer has come.
   *
   * @param failure null if it was confirmed
   */
  void ended(String event, @Nullable Throwable failure) {
    if (failure == null) {
      write("done", event, "");
    } else {
      write("fail", event, " " + failure.toString().replaceAll("\\s+", " "));
    }
  }

  private synchronized void write(String what, String event, String more) {
    String line = System.currentTimeMillis() + " " + what + " " + event + more + "\n";
    try {
      out.write(line.getBytes(UTF_8));
    } catch (IOException lost) { // a send that is not in the book would prove nothing
      lost.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  /** The sends of all lives of all relays, of each life in their order. */
  static List<Attempt> read(Path directory) throws IOException {
    List<Path> books;
    try (Stream<Path> files = Files.list(directory)) {
      books = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    List<Attempt> attempts = new ArrayList<>();
    for (Path book : books) {
      String life = book.getFileName().toString();
      attempts.addAll(read(life, Files.readString(book)));
    }
    return attempts;
  }

  /** The sends of one life; a last line without its end was cut off by a kill. */
  static List<Attempt> read(String life, String text) {
    List<Attempt> attempts = new ArrayList<>();
    Map<String, Integer> open = new HashMap<>();
    String relay = life.substring(0, life.indexOf('.'));
    int line = 0;
    int end = text.indexOf('\n');
    for (int from = 0; end >= 0; from = end + 1, end = text.indexOf('\n', from)) {
      line++;
      String[] words = text.substring(from, end).split(" ", 4);
      Instant at = Instant.ofEpochMilli(Long.parseLong(words[0]));
      String event = words[2];
      if (words[1].equals("send")) {
        open.put(event, attempts.size());
        attempts.add(new Attempt(relay, life, event, line, at, Integer.MAX_VALUE, null, null));
      } else {
        Integer index = open.remove(event);
        if (index != null) {
          String reason = words[1].equals("fail") ? words[3] : null;
          attempts.set(index, attempts.get(index).ended(line, at, reason));
        }
      }
    }
    return attempts;
  }
}

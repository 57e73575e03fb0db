package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The file in which operators say what is to be done during an incident. It is looked at once a
 * second, on a thread of its own; what was found twice alike is taken as written to its end. A file
 * that is wrong changes nothing, and says so; one that is not there says nothing. Thread-safe.
 */
final class OverlayFile implements AutoCloseable {
  private static final long LOOK_MILLIS = 1_000;

  private static final Logger LOG = System.getLogger("io.stagepost.Overlay");

  private final Path file;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread looking = new Thread(task, "stagepost-overlay");
            looking.setDaemon(true);
            return looking;
          });

  private volatile Overlay overlay;

  /** Why what the file says now is not in force; empty if it is. */
  private volatile String refusal = "";

  /** Why it could not be read when last looked at; empty if it could. */
  private volatile String unreadable = "";

  // Of the thread.
  private String seen;
  private String decided;

  /**
   * Reads the file.
   *
   * @throws ConfigurationException {@code SP-API-046} if it is wrong
   */
  OverlayFile(Path file) {
    this.file = file;
    try {
      this.seen = text();
    } catch (IOException unreadable) {
      throw new ConfigurationException("The overlay " + file, List.of(unreadable(unreadable)));
    }
    this.decided = seen;
    this.overlay = Overlay.read(seen, file.toString());
    if (!overlay.bySubscription().isEmpty()) {
      tellInForce(seen);
    }
  }

  private void tellInForce(String text) {
    LOG.log(Level.WARNING, "The overlay {0} is in force:\n{1}", file, text.strip());
  }

  /**
   * Looks from now on.
   *
   * @param check refuses, by an exception, what does not go with what it is laid over
   * @param changed told when another overlay is in force
   * @param looked told after each look what is in force
   */
  void watch(Consumer<Overlay> check, Runnable changed, Consumer<Overlay> looked) {
    var unused =
        thread.scheduleWithFixedDelay(
            () -> {
              look(check, changed);
              looked.accept(overlay);
            },
            LOOK_MILLIS,
            LOOK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /** What is in force. */
  Overlay overlay() {
    return overlay;
  }

  private void look(Consumer<Overlay> check, Runnable changed) {
    try {
      String text = text();
      unreadable = "";
      boolean same = text.equals(seen);
      seen = text;
      if (!same || text.equals(decided)) {
        return;
      }
      decided = text;
      Overlay next = Overlay.read(text, file.toString());
      check.accept(next);
      overlay = next;
      refusal = "";
      tellInForce(text);
      changed.run();
    } catch (IOException failure) {
      String why = unreadable(failure);
      if (!why.equals(unreadable)) {
        unreadable = why;
        tell(why);
      }
    } catch (RuntimeException wrong) {
      refusal = String.valueOf(wrong.getMessage());
      tell(refusal);
    } catch (Error broken) {
      tell(broken.toString()); // and looks again
    }
  }

  private static void tell(String why) {
    LOG.log(Level.ERROR, "What was in force before stays so, since the overlay is wrong. {0}", why);
  }

  private String text() throws IOException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
    } catch (NoSuchFileException none) {
      return "";
    } catch (CharacterCodingException binary) {
      throw new IOException("it is no text in UTF-8", binary);
    }
  }

  private String unreadable(IOException why) {
    return "SP-API-046 " + file + " cannot be read: " + why.getMessage() + ". Mend or remove it.";
  }

  /** For people. */
  String describe() {
    String why = unreadable.isEmpty() ? refusal : unreadable;
    return "overlay " + file + (why.isEmpty() ? "" : ", as it was before: " + why);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}

package io.stagepost.benchmarks.contestant.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Load;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop of an outbox's JVM: a command comes in as a line, its answer goes out as a line that
 * begins with {@link Driver#RESULT} or {@link Driver#FAILED}, until the input ends.
 *
 * <pre>
 *   open PLACE                   a new postbox, in a place of its own
 *   fill LETTERS PER             write a backlog, PER letters to a transaction
 *   start                        relay; the answer is the processor time used so far, in seconds
 *   cpu                          the processor time used so far
 *   drained                      what was taken out without being sent: rows, counted, seconds
 *   pace LETTERS RATE FILE       write at intended times, RATE a second; times go to FILE
 *   spin SECONDS LETTERS WHAT    transactions one after the other, with a row of the business or
 *                                (WHAT is "nothing") without; answers how many a second
 *   close
 * </pre>
 */
public final class PostboxDriver {
  /** How many keys letters have, by Zipf's distribution. */
  public static final int KEYS = 1_000;

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Supplier<Postbox> postboxes;
  private @Nullable Postbox open;
  private @Nullable Writers writers;

  private PostboxDriver(Supplier<Postbox> postboxes) {
    this.postboxes = postboxes;
  }

  /**
   * Serves until the input ends.
   *
   * @param postboxes makes one for each run
   * @throws IOException if the input cannot be read
   */
  public static void serve(Supplier<Postbox> postboxes) throws IOException {
    PostboxDriver driver = new PostboxDriver(postboxes);
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    System.setOut(System.err); // what frameworks print
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        out.println(Driver.RESULT + driver.obey(line));
      } catch (Exception | LinkageError failure) {
        failure.printStackTrace();
        out.println(Driver.FAILED + failure.toString().replace('\n', ' '));
      }
    }
    System.exit(0); // whatever threads a contestant has left
  }

  private String obey(String line) throws Exception {
    String[] part = line.split(" ", 2);
    String[] rest = part.length == 1 ? new String[0] : part[1].split(" ", -1);
    switch (part[0]) {
      case "open" -> {
        close();
        Postbox postbox = postboxes.get();
        open = postbox;
        writers = new Writers(postbox);
        postbox.open(Place.parse(part[1]));
      }
      case "fill" ->
          writers().fill(Load.zipf(KEYS, Integer.parseInt(rest[0])), Integer.parseInt(rest[1]));
      case "start" -> {
        double before = cpu();
        postbox().start();
        return Double.toString(before);
      }
      case "cpu" -> {
        return Double.toString(cpu());
      }
      case "drained" -> {
        return postbox().drained().line();
      }
      case "pace" ->
          writers()
              .openLoop(
                  Load.zipf(KEYS, Integer.parseInt(rest[0])),
                  Double.parseDouble(rest[1]),
                  Path.of(rest[2]));
      case "spin" -> {
        return Double.toString(
            writers()
                .closedLoop(
                    Double.parseDouble(rest[0]),
                    Integer.parseInt(rest[1]),
                    rest[2].equals("business")));
      }
      case "close" -> close();
      default -> throw new IllegalArgumentException("No command " + line);
    }
    return "done";
  }

  private Postbox postbox() {
    Postbox postbox = open;
    if (postbox == null) {
      throw new IllegalStateException("Nothing is open");
    }
    return postbox;
  }

  private Writers writers() {
    Writers all = writers;
    if (all == null) {
      throw new IllegalStateException("Nothing is open");
    }
    return all;
  }

  private void close() throws Exception {
    Postbox postbox = open;
    open = null;
    if (postbox != null) {
      postbox.close();
    }
  }

  private static double cpu() {
    return SYSTEM.getProcessCpuTime() / 1e9;
  }
}

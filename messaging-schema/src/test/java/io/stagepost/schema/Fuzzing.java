package io.stagepost.schema;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** What the targets of a fuzzer have in common. */
final class Fuzzing {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private Fuzzing() {}

  /** What the fuzzer kept of a target. */
  static List<byte[]> corpus(Class<?> target) throws IOException {
    String resource = "/fuzz/" + target.getSimpleName() + ".zip";
    List<byte[]> corpus = new ArrayList<>();
    try (InputStream file = Fuzzing.class.getResourceAsStream(resource);
        ZipInputStream zip = new ZipInputStream(Objects.requireNonNull(file, resource))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (!entry.isDirectory()) {
          corpus.add(zip.readAllBytes());
        }
      }
    }
    return corpus;
  }

  /** One try, in the time of this thread: what others on a busy machine take does not count. */
  static boolean decodes(Predicate<byte[]> decoder, byte[] input) {
    long from = THREADS.getCurrentThreadCpuTime();
    boolean decoded = decoder.test(input);
    Duration took = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - from);
    if (took.compareTo(LONGEST) > 0) {
      throw new AssertionError("It took " + took + " to decode.");
    }
    return decoded;
  }

  /** What a fuzzer calls first: the time that it takes to load classes is none to decode. */
  static void load(Class<?> target, Predicate<byte[]> decoder) {
    try {
      for (byte[] input : corpus(target)) {
        boolean unused = decoder.test(input);
      }
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}

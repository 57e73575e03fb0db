package io.stagepost.benchmarks.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bytes that each of our steps allocates, as a file keeps them. They hardly depend on what else a
 * machine does, so a change that costs something shows where times would not.
 */
final class Allocation {
  /** More than what is kept, by this factor and so many bytes, is a regression. */
  private static final double FACTOR = 1.05;

  private static final long BYTES = 16;

  /** Steps of other libraries, which are there to be compared with. */
  private static final Pattern OF_OTHERS = Pattern.compile("Jackson|Specific");

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final SortedMap<String, Long> bytes = new TreeMap<>();

  void add(String step, double allocated) {
    if (!OF_OTHERS.matcher(step).find()) {
      bytes.put(step, Math.round(allocated));
    }
  }

  /** Keeps these; steps that were not measured stay as they are in the file. */
  void keep(Path file) throws IOException {
    SortedMap<String, Long> all = kept(file);
    all.putAll(bytes);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, MAPPER.writeValueAsString(all) + "\n");
  }

  /**
   * Compares them with what is kept.
   *
   * @return what has become worse, or is not kept; empty if nothing
   */
  List<String> worseThan(Path file) {
    Map<String, Long> kept = kept(file);
    List<String> worse = new ArrayList<>();
    bytes.forEach(
        (step, now) -> {
          Long before = kept.get(step);
          if (before == null) {
            worse.add(step + " is not in " + file + "; add it with --keep.");
          } else if (now > before * FACTOR + BYTES) {
            worse.add(
                String.format(
                    Locale.ROOT,
                    "%s allocates %,d bytes, and allocated %,d before. Mend it, or keep it with"
                        + " --keep and say why.",
                    step,
                    now,
                    before));
          }
        });
    return worse;
  }

  private static SortedMap<String, Long> kept(Path file) {
    return Files.exists(file)
        ? MAPPER.readValue(file, new TypeReference<TreeMap<String, Long>>() {})
        : new TreeMap<>();
  }
}

package io.stagepost.asyncapi.importing;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka topic. Immutable.
 *
 * @param name of letters, digits, {@code .}, {@code _} and {@code -}
 * @param partitions how many it has; null if that is not known
 * @param replicas of each partition; null if that is not known
 * @param settings those that are not the broker's defaults, such as {@code retention.ms}
 */
public record Topic(
    String name,
    @Nullable Integer partitions,
    @Nullable Integer replicas,
    Map<String, String> settings) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

  /** What Kafka, its Connect and Streams, and registries keep for themselves. */
  private static final Pattern INTERNAL =
      Pattern.compile("_.*|connect-(configs|offsets|status)|.*-(changelog|repartition)");

  private static final Pattern FAILURES =
      Pattern.compile(
          ".*[._-](dlq|dlt|dead[._-]?letters?|parking([._-]?lot)?|retry|retries)([._-]?\\d+\\w*)?",
          Pattern.CASE_INSENSITIVE);

  /**
   * A topic; it keeps a copy of the settings.
   *
   * @param name of letters, digits, {@code .}, {@code _} and {@code -}
   * @param partitions how many it has
   * @param replicas of each partition
   * @param settings those that are not the broker's defaults
   */
  public Topic {
    settings = Map.copyOf(settings);
  }

  /** A topic of which nothing but the name is known. */
  static Topic named(String name) {
    return new Topic(name, null, null, Map.of());
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Why a topic of that name is no channel of an application; null if it may be one. */
  static @Nullable String unwanted(String name) {
    if (INTERNAL.matcher(name).matches()) {
      return "internal topics";
    }
    return FAILURES.matcher(name).matches() ? "topics of retries, dead letters and parking" : null;
  }
}

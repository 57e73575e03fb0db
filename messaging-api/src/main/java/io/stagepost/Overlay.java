package io.stagepost;

import io.stagepost.Policy.Degradation;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What operators say during an incident, over the heads of contract and code, read from properties
 * such as {@code billing.rate = 20}. Immutable.
 *
 * @param bySubscription by name; {@code *} for all
 */
record Overlay(Map<String, Instructions> bySubscription) {
  static final Overlay NONE = new Overlay(Map.of());

  private static final String ALL = "*";
  private static final String UNLIMITED = "unlimited";

  /** What may be said, and how it is read; the texts are those of docs/guide/overlay.md. */
  private static final Map<String, BiConsumer<Draft, String>> SETTINGS = settings();

  private static Map<String, BiConsumer<Draft, String>> settings() {
    Map<String, BiConsumer<Draft, String>> settings = new LinkedHashMap<>();
    settings.put("pause", (draft, value) -> draft.pause = isTrue(value));
    settings.put("park", (draft, value) -> draft.park = types(value));
    settings.put("rate", (draft, value) -> draft.rate = rate(value));
    settings.put("timeout", (draft, value) -> draft.timeout = duration(value));
    settings.put("degradation", (draft, value) -> draft.degradation = degradation(value));
    settings.put("retry.maxAttempts", (draft, value) -> draft.attempts = attempts(value));
    settings.put("retry.maxAge", (draft, value) -> draft.maxAge = duration(value));
    settings.put("retry.initialDelay", (draft, value) -> draft.base = duration(value));
    settings.put("retry.maxDelay", (draft, value) -> draft.cap = duration(value));
    return settings;
  }

  /**
   * What is said to a subscription. Null is for what is not said.
   *
   * @param where the file, for people
   * @param pause whether nothing new is to be taken
   * @param park the types whose events go to the parking lot unhandled; {@code *} for all
   */
  record Instructions(
      String where,
      boolean pause,
      Set<String> park,
      @Nullable Double rate,
      @Nullable Duration timeout,
      @Nullable Degradation degradation,
      @Nullable Integer attempts,
      @Nullable Duration maxAge,
      @Nullable Duration base,
      @Nullable Duration cap) {
    static final Instructions NONE =
        new Instructions("", false, Set.of(), null, null, null, null, null, null, null);

    boolean parks(String type) {
      return !park.isEmpty() && (park.contains(type) || park.contains(ALL));
    }

    Limits over(Limits limits) {
      return rate == null ? limits : limits.overlaid(where).rate(rate);
    }

    /**
     * What is not said of a retry stays as it is.
     *
     * @throws IllegalArgumentException if what is said does not go with what stays
     */
    Policy over(Policy policy) {
      Policy overlaid = policy.overlaid(where);
      if (timeout != null) {
        overlaid = overlaid.timeout(timeout);
      }
      if (degradation != null) {
        overlaid = overlaid.degradation(degradation);
      }
      if (attempts == null && maxAge == null && base == null && cap == null) {
        return overlaid;
      }
      Retry retry = policy.retry();
      boolean isCodes = policy.isRetryByCode(); // whose every part stays that is stricter
      Duration first = stricter(base, retry.base(), isCodes, Comparator.reverseOrder());
      Duration last = stricter(cap, retry.cap(), isCodes, Comparator.reverseOrder());
      if (last.compareTo(first) < 0) {
        throw new IllegalArgumentException(
            "retry.maxDelay " + last + " is below retry.initialDelay " + first + "; say both");
      }
      return overlaid.retry(
          new Retry(
              first,
              last,
              stricter(attempts, retry.attempts(), isCodes, Comparator.naturalOrder()),
              stricter(maxAge, retry.maxAge(), isCodes, Comparator.naturalOrder())));
    }

    private static <V> V stricter(
        @Nullable V said, V built, boolean mayStay, Comparator<V> strictFirst) {
      return said == null || (mayStay && strictFirst.compare(built, said) < 0) ? built : said;
    }

    /** What has no setting of its own, for people; empty if there is no such thing. */
    String describe() {
      return Stream.of(
              pause ? "paused" : "", park.isEmpty() ? "" : "parks " + String.join(", ", park))
          .filter(text -> !text.isEmpty())
          .collect(Collectors.joining("; "));
    }
  }

  /** The one mutable form, for reading. */
  private static final class Draft {
    boolean pause;
    Set<String> park = Set.of();
    @Nullable Double rate;
    @Nullable Duration timeout;
    @Nullable Degradation degradation;
    @Nullable Integer attempts;
    @Nullable Duration maxAge;
    @Nullable Duration base;
    @Nullable Duration cap;

    /** Takes over what is said under a name. */
    void take(Map<String, String> said, String name, Set<String> problems) {
      SETTINGS.forEach(
          (setting, sets) -> {
            String key = name + "." + setting;
            String value = said.get(key);
            if (value != null) {
              try {
                sets.accept(this, value.trim());
              } catch (IllegalArgumentException wrong) {
                problems.add(problem(key, value, String.valueOf(wrong.getMessage())));
              }
            }
          });
    }

    Instructions instructions(String where) {
      return new Instructions(
          where, pause, park, rate, timeout, degradation, attempts, maxAge, base, cap);
    }
  }

  /**
   * Reads properties.
   *
   * @param text of the form of {@link Properties}
   * @param where the file, for people
   * @throws ConfigurationException naming all that is wrong with it
   */
  static Overlay read(String text, String where) {
    Set<String> problems = new LinkedHashSet<>();
    Map<String, String> said = said(text, problems);
    Set<String> names = new LinkedHashSet<>();
    for (String key : said.keySet()) {
      String name = subscription(key);
      if (name.isEmpty()) {
        problems.add(unknown(key));
      } else {
        names.add(name);
      }
    }
    Map<String, Instructions> all = new LinkedHashMap<>();
    for (String name : names) {
      Draft draft = new Draft();
      draft.take(said, ALL, problems);
      draft.take(said, name, problems);
      all.put(name, draft.instructions(where));
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The overlay " + where, List.copyOf(problems));
    }
    return new Overlay(all);
  }

  private static Map<String, String> said(String text, Set<String> problems) {
    Map<String, String> said = new LinkedHashMap<>();
    Properties properties =
        new Properties() {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized Object put(Object key, Object value) {
            if (said.put((String) key, (String) value) != null) {
              problems.add(problem((String) key, (String) value, "it is said twice"));
            }
            return said;
          }
        };
    try {
      properties.load(new StringReader(text));
    } catch (IllegalArgumentException | IOException malformed) {
      problems.add("SP-API-046 It is no properties file: " + malformed.getMessage() + ".");
    }
    return said;
  }

  /** The name before the setting that a key ends with; empty if there is none. */
  private static String subscription(String key) {
    return SETTINGS.keySet().stream()
        .filter(setting -> key.endsWith("." + setting))
        .findFirst()
        .map(setting -> key.substring(0, key.length() - setting.length() - 1))
        .orElse("");
  }

  /** What is said to a subscription. */
  Instructions of(String name) {
    Instructions own = bySubscription.get(name);
    return own == null ? bySubscription.getOrDefault(ALL, Instructions.NONE) : own;
  }

  /** Those that are named. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>(bySubscription.keySet());
    names.remove(ALL);
    return names;
  }

  // ---- values

  private static boolean isTrue(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("it is true or false");
    };
  }

  private static Set<String> types(String value) {
    Set<String> types = new LinkedHashSet<>();
    for (String type : value.split(",", -1)) {
      if (!type.isBlank()) {
        types.add(type.trim());
      }
    }
    if (types.isEmpty()) {
      throw new IllegalArgumentException("name the types of events, or * for all");
    }
    return types;
  }

  private static double rate(String value) {
    if (value.equals(UNLIMITED)) {
      return Double.POSITIVE_INFINITY;
    }
    try {
      double rate = Double.parseDouble(value);
      if (rate > 0) {
        return rate;
      }
    } catch (NumberFormatException none) {
      // as below
    }
    throw new IllegalArgumentException(
        "it is a positive number of events a second, or " + UNLIMITED);
  }

  private static Degradation degradation(String value) {
    return switch (value) {
      case "wait" -> Degradation.WAIT;
      case "skip" -> Degradation.SKIP;
      case "dead-letter" -> Degradation.DEAD_LETTER;
      case "park" -> Degradation.PARK;
      default -> throw new IllegalArgumentException("it is wait, skip, dead-letter or park");
    };
  }

  private static int attempts(String value) {
    try {
      int attempts = Integer.parseInt(value);
      if (attempts >= 1) {
        return attempts;
      }
    } catch (NumberFormatException none) {
      // as below
    }
    throw new IllegalArgumentException("it is a whole number, at least 1");
  }

  private static Duration duration(String value) {
    try {
      Duration duration = Duration.parse(value);
      if (duration.compareTo(Duration.ZERO) > 0) {
        return duration;
      }
    } catch (DateTimeParseException none) {
      // as below
    }
    throw new IllegalArgumentException("it is a positive duration, such as PT0.5S or PT10M");
  }

  private static String unknown(String key) {
    return "SP-API-046 "
        + key
        + " says nothing: write SUBSCRIPTION.SETTING, where a setting is one of "
        + String.join(", ", SETTINGS.keySet())
        + ", and * is for all subscriptions.";
  }

  private static String problem(String key, String value, String why) {
    return "SP-API-046 " + key + " is " + value + "; " + why + ".";
  }
}

package io.stagepost.asyncapi.importing;

import io.stagepost.MessagingException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what Kafka's {@code kafka-topics.sh --describe} or {@code --list} prints, or any list of
 * names: one a line, with empty lines and those that begin with {@code #} passed over. So that
 * topics come from wherever they can be listed, without a client of the broker here. Stateless.
 */
public final class Topics {
  private static final Pattern DESCRIBED =
      Pattern.compile(
          "Topic:\\s*(\\S+)(?:\\s+TopicId:\\s*\\S+)?\\s+PartitionCount:\\s*(\\d{1,9})"
              + "\\s+ReplicationFactor:\\s*(\\d{1,9})(?:\\s+Configs:\\s*([^\\t]*))?(?:\\t.*)?");

  private static final Pattern PARTITION =
      Pattern.compile("Topic:\\s*\\S+\\s+Partition:\\s*\\d+.*");

  /** A setting's value may hold commas: {@code cleanup.policy=compact,delete}. */
  private static final Pattern BETWEEN_SETTINGS = Pattern.compile(",(?=[a-z.]+=)");

  private Topics() {}

  /**
   * The topics of a list.
   *
   * @param text the list
   * @param where it is from, for errors
   * @return by name; of a name that comes twice the last
   * @throws MessagingException {@code SP-CONTRACT-020} if a line is neither a topic nor a part of
   *     one, or if there is none
   */
  public static Collection<Topic> parse(String text, String where) {
    Map<String, Topic> topics = new TreeMap<>();
    int number = 0;
    for (String each : text.lines().toList()) {
      number++;
      String line = each.strip();
      if (line.isEmpty() || line.startsWith("#") || PARTITION.matcher(line).matches()) {
        continue;
      }
      Matcher described = DESCRIBED.matcher(line);
      Topic topic =
          described.matches()
              ? new Topic(
                  described.group(1),
                  Integer.valueOf(described.group(2)),
                  Integer.valueOf(described.group(3)),
                  settings(described.group(4)))
              : Topic.named(line);
      if (!Topic.isName(topic.name())) {
        throw unreadable(where + ":" + number + " is no topic: " + shown(line));
      }
      topics.put(topic.name(), topic);
    }
    if (topics.isEmpty()) {
      throw unreadable(where + " names no topic");
    }
    return topics.values();
  }

  private static Map<String, String> settings(@Nullable String text) {
    Map<String, String> settings = new TreeMap<>();
    if (text != null) {
      for (String setting : BETWEEN_SETTINGS.split(text, -1)) {
        int equals = setting.indexOf('=');
        if (equals > 0) {
          settings.put(setting.substring(0, equals), setting.substring(equals + 1).strip());
        }
      }
    }
    return settings;
  }

  private static String shown(String line) {
    String printable = line.replaceAll("\\p{Cntrl}", "?");
    return printable.length() > 80 ? printable.substring(0, 80) + "…" : printable;
  }

  private static MessagingException unreadable(String what) {
    return new MessagingException(
        "SP-CONTRACT-020",
        what + ". Give what kafka-topics.sh --describe prints, or names of topics, one a line.",
        null);
  }
}

package io.stagepost.kafka;

import io.stagepost.spi.Need;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * What a topic must be like. A <i>problem</i> breaks a promise of the library, so nothing starts; a
 * <i>warning</i> weakens one, or is not as the transport was told. Asks nobody; immutable.
 */
final class TopicCheck {
  /**
   * What is written beside a message when it is given up: headers, of which the longest two are cut
   * at about 5,000 characters.
   */
  static final int BESIDE = 64 * 1024;

  /** The largest batch that a broker takes unless told otherwise. */
  static final int BROKERS_LARGEST = 1_048_588;

  private final Optional<Integer> partitions;
  private final Optional<Short> replicas;
  private final Set<String> compacted;
  private final int largestRequest;
  private final String bootstrapServers;

  TopicCheck(
      Optional<Integer> partitions,
      Optional<Short> replicas,
      Set<String> compacted,
      int largestRequest,
      String bootstrapServers) {
    this.partitions = partitions;
    this.replicas = replicas;
    this.compacted = compacted;
    this.largestRequest = largestRequest;
    this.bootstrapServers = bootstrapServers;
  }

  /** The configuration of a topic that is to be created: of a channel, nothing but the broker's. */
  Map<String, String> ofNew(List<Need> needs, Map<String, Config> configs) {
    Map<String, String> own = new LinkedHashMap<>();
    if (needs.stream().anyMatch(need -> need.takesFrom() == null)) {
      return own;
    }
    own.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    own.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    own.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    needs.stream()
        .map(need -> configs.get(need.takesFrom()))
        .filter(Objects::nonNull)
        .mapToLong(config -> number(config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, 0))
        .max()
        .ifPresent(
            largest ->
                own.put(
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                    Long.toString(Math.min(Integer.MAX_VALUE, largest + BESIDE))));
    return own;
  }

  /** Compares a topic that exists; what cannot be seen of it is passed over. */
  void compare(
      TopicDescription topic,
      List<Need> needs,
      Map<String, Config> configs,
      List<String> problems,
      List<String> warnings) {
    String name = topic.name();
    int replicas = compareShape(topic, warnings);
    Config config = configs.get(name);
    if (config == null) {
      return;
    }
    Set<String> policies = policies(config);
    if (policies.contains(TopicConfig.CLEANUP_POLICY_COMPACT) && !compacted.contains(name)) {
      problems.add(
          "SP-KAFKA-050 The topic "
              + name
              + " has cleanup.policy="
              + String.join(",", policies)
              + ": of the events of one key only the last would stay. Set it: "
              + alter(name, "cleanup.policy=delete")
              + "; or, if that is meant, say so: KafkaTransport.builder().compacted(\""
              + name
              + "\").");
    }
    long inSync = number(config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, 1);
    if (replicas >= 3 && inSync < 2) {
      warnings.add(
          "SP-KAFKA-055 The topic "
              + name
              + " has "
              + replicas
              + " replicas and min.insync.replicas="
              + inSync
              + ": an event may be confirmed that one broker alone has, and be lost with it. Set it: "
              + alter(name, "min.insync.replicas=2")
              + ".");
    }
    Set<String> told = new TreeSet<>();
    for (Need need : needs) {
      if (told.add("least " + need.keepsAtLeast())) {
        compareLeast(name, need.keepsAtLeast(), config, policies, warnings);
      }
      if (told.add("most " + need.keepsAtMost())) {
        compareMost(name, need.keepsAtMost(), config, policies, warnings);
      }
      String channel = need.takesFrom();
      Config from = channel == null ? null : configs.get(channel);
      if (channel != null && from != null && told.add("from " + channel)) {
        compareSizes(name, config, channel, from, problems, warnings);
      }
    }
  }

  private int compareShape(TopicDescription topic, List<String> warnings) {
    int count = topic.partitions().size();
    int fewest =
        topic.partitions().stream()
            .mapToInt(partition -> partition.replicas().size())
            .min()
            .orElse(0);
    if (partitions.isPresent() && partitions.get() != count) {
      warnings.add(
          "SP-KAFKA-056 The topic "
              + topic.name()
              + " has "
              + count
              + " partitions; partitions("
              + partitions.get()
              + ") holds for new topics only. Leave it, or see docs/kafka.md before adding"
              + " partitions: keys move.");
    }
    if (replicas.isPresent() && replicas.get() != fewest) {
      warnings.add(
          "SP-KAFKA-056 The topic "
              + topic.name()
              + " has "
              + fewest
              + " replicas; replicationFactor("
              + replicas.get()
              + ") holds for new topics only. Change them by kafka-reassign-partitions.sh"
              + " --bootstrap-server "
              + bootstrapServers
              + ".");
    }
    return fewest;
  }

  private void compareLeast(
      String name,
      @Nullable Duration least,
      Config config,
      Set<String> policies,
      List<String> warnings) {
    if (least == null || !policies.contains(TopicConfig.CLEANUP_POLICY_DELETE)) {
      return;
    }
    long millis = number(config, TopicConfig.RETENTION_MS_CONFIG, -1);
    long bytes = number(config, TopicConfig.RETENTION_BYTES_CONFIG, -1);
    if ((millis >= 0 && millis < least.toMillis()) || bytes >= 0) {
      warnings.add(
          "SP-KAFKA-051 The topic "
              + name
              + " keeps what was given up for retention.ms="
              + millis
              + ", retention.bytes="
              + bytes
              + "; it is to be there for "
              + least
              + " at least, for people to look after it. Set it: "
              + alter(name, "retention.ms=-1,retention.bytes=-1")
              + ".");
    }
  }

  private void compareMost(
      String name,
      @Nullable Duration most,
      Config config,
      Set<String> policies,
      List<String> warnings) {
    if (most == null) {
      return;
    }
    long millis = number(config, TopicConfig.RETENTION_MS_CONFIG, -1);
    long segment = number(config, TopicConfig.SEGMENT_MS_CONFIG, 0);
    boolean deletes = policies.contains(TopicConfig.CLEANUP_POLICY_DELETE) && millis >= 0;
    // A segment goes when its youngest record is too old: its first may be older by the time that
    // a segment spans.
    if (!deletes || millis > most.toMillis() - segment) {
      warnings.add(
          "SP-KAFKA-052 The topic "
              + name
              + " keeps events "
              + (deletes
                  ? "for retention.ms=" + millis + " and up to segment.ms=" + segment + " more"
                  : "for ever")
              + ", and the inbox remembers them for "
              + most
              + ": one that comes later is a dead letter. Leave it so, remember longer (the inbox's"
              + " window), or set: "
              + alter(name, "retention.ms=" + Math.max(0, most.toMillis() - segment))
              + ".");
    }
  }

  private void compareSizes(
      String name,
      Config config,
      String channel,
      Config from,
      List<String> problems,
      List<String> warnings) {
    long largest = number(from, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, BROKERS_LARGEST);
    long here = number(config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, BROKERS_LARGEST);
    String remedy = alter(name, "max.message.bytes=" + (largest + BESIDE));
    if (here < largest) {
      problems.add(
          "SP-KAFKA-053 The topic "
              + name
              + " takes messages of max.message.bytes="
              + here
              + ", the channel "
              + channel
              + " of "
              + largest
              + ": a larger one could not be given up, and would hold its key for ever. Set it: "
              + remedy
              + ".");
    } else if (here < largest + BESIDE) {
      warnings.add(
          "SP-KAFKA-054 The topic "
              + name
              + " takes messages of max.message.bytes="
              + here
              + ", the channel "
              + channel
              + " of "
              + largest
              + ": there is no room for the "
              + BESIDE
              + " bytes that may be written beside one when it is given up. Set it: "
              + remedy
              + ".");
    }
    if (largestRequest < largest + BESIDE) {
      warnings.add(
          "SP-KAFKA-054 The channel "
              + channel
              + " takes messages of max.message.bytes="
              + largest
              + ", and this producer sends at most max.request.size="
              + largestRequest
              + ": the largest could not be given up to "
              + name
              + ". Set producerProperty(\"max.request.size\", \""
              + (largest + BESIDE)
              + "\").");
    }
  }

  private String alter(String topic, String config) {
    return "kafka-configs.sh --bootstrap-server "
        + bootstrapServers
        + " --alter --entity-type topics --entity-name "
        + topic
        + " --add-config "
        + config;
  }

  private static Set<String> policies(Config config) {
    ConfigEntry policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG);
    Set<String> policies = new TreeSet<>();
    if (policy != null && policy.value() != null) {
      for (String each : policy.value().split(",", -1)) {
        policies.add(each.trim());
      }
    }
    return policies;
  }

  private static long number(Config config, String name, long otherwise) {
    ConfigEntry entry = config.get(name);
    String value = entry == null ? null : entry.value();
    return value == null ? otherwise : Long.parseLong(value);
  }
}

package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.Topology;
import io.stagepost.kafka.KafkaFailures.Finding;
import io.stagepost.kafka.KafkaReader.Next;
import io.stagepost.kafka.KafkaReader.Stretch;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Provisions topics, compares them with what is needed, and tells what is still to be done there.
 * Thread-safe.
 */
final class KafkaTopology implements TopologyAdmin {
  private final Topology topology;
  private final Topics topics;
  private final TopicCheck check;
  private final SharedAdmin admin;
  private final KafkaFailures failures;
  private final Duration timeout;
  private final KafkaReader reader;

  KafkaTopology(
      Topology topology,
      Topics topics,
      TopicCheck check,
      SharedAdmin admin,
      KafkaFailures failures,
      ClientProperties properties) {
    this.topology = topology;
    this.topics = topics;
    this.check = check;
    this.admin = admin;
    this.failures = failures;
    this.timeout = properties.apiTimeout();
    this.reader = new KafkaReader(properties, failures, this::ends);
  }

  KafkaReader reader() {
    return reader;
  }

  // ---- provisioning ----------------------------------------------------------------------------

  @Override
  public TopologyReport provision(Collection<Need> needs) {
    List<String> problems = new ArrayList<>();
    Map<String, List<Need>> legal = new LinkedHashMap<>();
    Set<String> illegal = new LinkedHashSet<>();
    for (Need need : needs) {
      if (Topics.isLegal(need.address())) {
        legal.computeIfAbsent(need.address(), address -> new ArrayList<>()).add(need);
      } else if (illegal.add(need.address())) {
        problems.add(failures.illegalName(need.address(), null).problem());
      }
    }
    return topology == Topology.NONE || legal.isEmpty()
        ? new TopologyReport(problems, List.of())
        : new Provision(legal, problems).run();
  }

  /**
   * One run of provisioning. The channels come first: what their dead letters need hangs on them.
   */
  private final class Provision {
    private final Map<String, List<Need>> needs;
    private final List<String> problems;
    private final List<String> warnings = new ArrayList<>();
    private final long deadline = System.nanoTime() + timeout.toNanos();
    private final Set<String> there = new LinkedHashSet<>();
    private final Map<String, Config> configs = new HashMap<>();
    private final Set<String> unseen = new TreeSet<>();

    Provision(Map<String, List<Need>> needs, List<String> problems) {
      this.needs = needs;
      this.problems = problems;
    }

    TopologyReport run() {
      Set<String> channels = new LinkedHashSet<>();
      Set<String> rest = new LinkedHashSet<>();
      needs.forEach(
          (address, all) ->
              (all.stream().anyMatch(need -> need.takesFrom() == null) ? channels : rest)
                  .add(address));
      try {
        if (ensure(channels)) {
          look(there);
          for (String address : rest) {
            topics.prepare(address, check.ofNew(requireNonNull(needs.get(address)), configs));
          }
          if (ensure(rest)) {
            look(rest);
            compare();
          }
        }
      } catch (MessagingException unanswered) {
        problems.add(unanswered.getMessage());
      }
      return new TopologyReport(problems, warnings);
    }

    /** False if the broker does not answer. */
    private boolean ensure(Set<String> addresses) {
      addresses.forEach(topics::doubt); // asks about all of them at once; the answers are shared
      for (String address : addresses) {
        Finding wrong = topics.require(address, left());
        if (wrong == null) {
          there.add(address);
        } else {
          problems.add(wrong.problem());
          if (wrong.refused() == null) {
            return false; // nor would it for the others
          }
        }
      }
      return true;
    }

    private Duration left() {
      return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    /** Reads the configuration of those that exist, as far as it may be seen. */
    private void look(Set<String> addresses) {
      Set<String> asked = new LinkedHashSet<>(addresses);
      asked.retainAll(there);
      while (!asked.isEmpty()) {
        Set<ConfigResource> which =
            asked.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                .collect(Collectors.toSet());
        Set<String> again = new LinkedHashSet<>();
        ask(admin -> admin.describeConfigs(which).values())
            .forEach((topic, answer) -> keep(topic.name(), answer, again));
        asked = again;
        if (!again.isEmpty()) { // this broker does not know yet what another one has created
          CompletableFuture.runAsync(() -> {}, Topics.SHORTLY).join();
        }
      }
    }

    private void keep(String topic, KafkaFuture<Config> answer, Set<String> again) {
      try {
        configs.put(topic, await("the configuration of " + topic, answer, left()));
      } catch (MessagingException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof UnknownTopicOrPartitionException && System.nanoTime() - deadline < 0) {
          again.add(topic);
        } else if (cause != null && KafkaFailures.isDenied(cause)) {
          unseen.add(topic);
        } else {
          throw failure;
        }
      }
    }

    private void compare() {
      Map<String, TopicDescription> descriptions =
          await(
              "the topics " + there,
              ask(client -> client.describeTopics(there).allTopicNames()),
              left());
      for (String topic : there) {
        check.compare(
            requireNonNull(descriptions.get(topic)),
            requireNonNull(needs.get(topic)),
            configs,
            problems,
            warnings);
      }
      if (!unseen.isEmpty()) {
        warnings.add(failures.notSeen(unseen));
      }
    }
  }

  // ---- what is to be done ----------------------------------------------------------------------

  @Override
  public Map<String, Long> lag(String subscription, Collection<String> addresses) {
    Map<String, Long> lag = new LinkedHashMap<>();
    addresses.forEach(address -> lag.put(address, 0L));
    unsettled(subscription, addresses)
        .forEach((partition, stretch) -> lag.merge(partition.topic(), length(stretch), Long::sum));
    return lag;
  }

  @Override
  public List<Backlog> backlog(String subscription, Collection<String> addresses) {
    return backlogs(unsettled(subscription, addresses));
  }

  @Override
  public List<Backlog> depth(Collection<String> addresses) {
    return backlogs(held(addresses));
  }

  @Override
  public void truncate(String address, String partition, String position) {
    TopicPartition where = new TopicPartition(address, Integer.parseInt(partition));
    RecordsToDelete before = RecordsToDelete.beforeOffset(Long.parseLong(position));
    var unused =
        await(
            "the head of " + where + " to be deleted",
            ask(client -> client.deleteRecords(Map.of(where, before)).all()),
            timeout);
  }

  @Override
  public Optional<List<String>> addresses() {
    return Optional.of(
        List.copyOf(await("the topics", ask(client -> client.listTopics().names()), timeout)));
  }

  private static long length(Stretch stretch) {
    return Math.max(0, stretch.to() - stretch.from());
  }

  /** All that lies in the partitions of topics. */
  private Map<TopicPartition, Stretch> held(Collection<String> addresses) {
    List<TopicPartition> partitions = partitions(addresses);
    Map<TopicPartition, Long> ends = offsets(partitions, OffsetSpec.latest());
    Map<TopicPartition, Long> beginnings = offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, Stretch> held = new LinkedHashMap<>();
    for (TopicPartition partition : partitions) {
      long end = ends.getOrDefault(partition, 0L);
      held.put(partition, new Stretch(Math.min(beginnings.getOrDefault(partition, 0L), end), end));
    }
    return held;
  }

  private Map<TopicPartition, Stretch> unsettled(
      String subscription, Collection<String> addresses) {
    Map<TopicPartition, Stretch> unsettled = held(addresses);
    var group = new ListConsumerGroupOffsetsSpec().topicPartitions(unsettled.keySet());
    Map<TopicPartition, @Nullable OffsetAndMetadata> committed =
        await(
            "the group " + subscription,
            ask(
                client ->
                    client
                        .listConsumerGroupOffsets(Map.of(subscription, group))
                        .partitionsToOffsetAndMetadata(subscription)),
            timeout);
    unsettled.replaceAll(
        (partition, stretch) -> {
          OffsetAndMetadata next = committed.get(partition);
          return next == null
              ? stretch
              : new Stretch(Math.max(stretch.from(), next.offset()), stretch.to());
        });
    return unsettled;
  }

  /** With the time of the first record of each. */
  private List<Backlog> backlogs(Map<TopicPartition, Stretch> stretches) {
    Map<TopicPartition, Instant> oldest = new HashMap<>();
    reader.read(
        "the oldest messages of " + topics(stretches.keySet()),
        stretches,
        // Kafka gives a whole batch at least, and one is enough.
        Map.of(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1),
        first -> {
          if (first.timestamp() != ConsumerRecord.NO_TIMESTAMP) {
            oldest.put(
                new TopicPartition(first.topic(), first.partition()),
                Instant.ofEpochMilli(first.timestamp()));
          }
          return Next.LEAVE_THE_PARTITION;
        });
    return stretches.entrySet().stream()
        .map(
            each ->
                new Backlog(
                    each.getKey().topic(),
                    Integer.toString(each.getKey().partition()),
                    length(each.getValue()),
                    oldest.get(each.getKey())))
        .toList();
  }

  // ---- asking the broker -----------------------------------------------------------------------

  /** The partitions of a topic. */
  List<TopicPartition> partitions(String topic) {
    return partitions(List.of(topic));
  }

  /** The partitions of topics, in their order. */
  private List<TopicPartition> partitions(Collection<String> addresses) {
    Set<String> names = new LinkedHashSet<>(addresses);
    Map<String, TopicDescription> descriptions =
        await(
            "the topics " + names,
            ask(client -> client.describeTopics(names).allTopicNames()),
            timeout);
    return names.stream()
        .flatMap(
            name ->
                requireNonNull(descriptions.get(name)).partitions().stream()
                    .map(partition -> new TopicPartition(name, partition.partition())))
        .toList();
  }

  /** Where those of the partitions end that are there; fails if a topic is not. */
  private Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    List<TopicPartition> there = new ArrayList<>(partitions(topics(partitions)));
    there.retainAll(partitions);
    return offsets(there, OffsetSpec.latest());
  }

  /** Of partitions that are there: the client asks for others until its time is over. */
  Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> specs = new LinkedHashMap<>();
    partitions.forEach(partition -> specs.put(partition, which));
    Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
    await(
            "the offsets of " + topics(partitions),
            ask(
                client ->
                    client
                        .listOffsets(specs, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all()),
            timeout)
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  private static Set<String> topics(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
  }

  private <T> T ask(Function<Admin, T> question) {
    return question.apply(admin.get());
  }

  private <T> T await(String what, KafkaFuture<T> answer, Duration within) {
    try {
      return answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failure) {
      throw failed(what, failure);
    } catch (TimeoutException late) {
      throw failed(what, late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failed(what, interrupted);
    }
  }

  private MessagingException failed(String what, Throwable failure) {
    admin.failed(failure);
    return failures.looking(what, failure).exception();
  }
}

package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.stagepost.Topology;
import io.stagepost.kafka.KafkaFailures.Finding;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Knows which topics exist and how many partitions of each serve, and creates those that do not
 * exist where it may. Each is asked for once at a time, however many want to know; the answer is
 * remembered only if it exists. Thread-safe.
 */
final class Topics {
  static final int LONGEST_NAME = 249;

  /** A created topic is not seen by every broker at once. */
  static final Executor SHORTLY = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  private final Topology topology;
  private final Optional<Integer> partitions;
  private final Optional<Short> replicationFactor;
  private final SharedAdmin admin;
  private final KafkaFailures failures;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private final Map<String, CompletableFuture<Void>> asking = new ConcurrentHashMap<>();

  /** What to create topics with that are not to be as the broker's defaults are. */
  private final Map<String, Map<String, String>> prepared = new ConcurrentHashMap<>();

  /** A topic that exists. */
  static final class Known {
    private final Uuid id;

    /** How many partitions it has, of which all serve that ever had a leader. */
    final int partitions;

    /** A producer sees more of them, and those are being looked at. */
    volatile boolean growing;

    /** When a producer last looked whether it has become another number. */
    volatile long lookedAt = System.nanoTime();

    private Known(Uuid id, int partitions) {
      this.id = id;
      this.partitions = partitions;
    }
  }

  Topics(
      Topology topology,
      Optional<Integer> partitions,
      Optional<Short> replicationFactor,
      SharedAdmin admin,
      KafkaFailures failures) {
    this.topology = topology;
    this.partitions = partitions;
    this.replicationFactor = replicationFactor;
    this.admin = admin;
    this.failures = failures;
  }

  /**
   * Makes sure that a topic exists: at once if that is known, else the broker is asked.
   *
   * @return what is wrong; null if it exists
   */
  @Nullable Finding require(String topic, Duration within) {
    if (known.containsKey(topic)) {
      return null;
    }
    if (!isLegal(topic)) {
      return failures.illegalName(topic, null);
    }
    try {
      ensure(topic).get(within.toNanos(), TimeUnit.NANOSECONDS);
      return null;
    } catch (ExecutionException failure) {
      return failures.topic(topic, failure);
    } catch (TimeoutException late) {
      return failures.unreachable(late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return failures.unreachable(interrupted);
    } catch (RuntimeException noAdmin) {
      return failures.unreachable(noAdmin);
    }
  }

  /** What is known of a topic; null if it is not known to exist. */
  @Nullable Known known(String topic) {
    return known.get(topic);
  }

  /** Says what a topic is to be created with, if it is. */
  void prepare(String topic, Map<String, String> configs) {
    prepared.put(topic, configs);
  }

  /** Asks again, without waiting, whether a topic exists, since it may have been deleted. */
  void doubt(String topic) {
    var unused = ensure(topic);
  }

  /** Whether a broker has refused the transport's credentials after that moment. */
  boolean wereRefusedSince(long nanoTime) {
    return admin.wasRefusedSince(nanoTime);
  }

  /** Completes when the topic exists; fails with the client's exception. Single flight. */
  CompletableFuture<Void> ensure(String topic) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    CompletableFuture<Void> asked = asking.putIfAbsent(topic, answer);
    if (asked != null) {
      return asked;
    }
    CompletionStage<Known> found;
    try {
      found =
          topology == Topology.AUTO_CREATE
              ? orElse(find(topic), UnknownTopicOrPartitionException.class, () -> create(topic))
              : find(topic);
    } catch (RuntimeException noAdmin) {
      found = CompletableFuture.failedFuture(noAdmin);
    }
    var unused =
        found.whenComplete(
            (seen, failure) -> {
              Throwable cause = failure == null ? null : KafkaFailures.unwrap(failure);
              if (cause == null) {
                known.put(topic, seen);
              } else if (cause instanceof UnknownTopicOrPartitionException) {
                known.remove(topic);
              } else if (cause instanceof AuthenticationException) {
                known.remove(topic); // so that whoever publishes is told, and need not wait
                admin.failed(cause);
              }
              asking.remove(topic);
              if (cause == null) {
                answer.complete(null);
              } else {
                answer.completeExceptionally(cause);
              }
            });
    return answer;
  }

  private CompletionStage<Known> find(String topic) {
    return admin
        .get()
        .describeTopics(List.of(topic))
        .allTopicNames()
        .toCompletionStage()
        .thenCompose(described -> served(topic, requireNonNull(described.get(topic))));
  }

  /**
   * Completes when the leaders of a topic's partitions serve them. A broker shows a new partition a
   * little before it does: a producer's first batch is then refused, but the second may already be
   * accepted, and from then on the broker takes the first for out of sequence and never stores it.
   * Asking a leader for its end offset meets the same check as producing does.
   *
   * <p>A partition without a leader does not hold up the others of its topic: it may be long
   * without. Those that were added since the topic was last looked at do, until they have one.
   */
  private CompletionStage<Known> served(String topic, TopicDescription description) {
    Known before = known.get(topic);
    int shown = description.partitions().size();
    int old = before == null ? shown : before.partitions;
    boolean same = before != null && before.id.equals(description.topicId());
    // The same topic never has fewer than it had: then this broker does not know of all yet.
    Known seen = new Known(description.topicId(), same ? Math.max(old, shown) : shown);
    Map<TopicPartition, OffsetSpec> led = new HashMap<>();
    for (TopicPartitionInfo partition : description.partitions()) {
      if (partition.leader() != null) {
        led.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest());
      } else if (same && partition.partition() >= old) {
        return CompletableFuture.failedFuture(
            new LeaderNotAvailableException(topic + "-" + partition.partition()));
      }
    }
    return admin.get().listOffsets(led).all().toCompletionStage().thenApply(offsets -> seen);
  }

  private CompletionStage<Known> create(String topic) {
    CompletionStage<Void> created =
        admin
            .get()
            .createTopics(
                List.of(
                    new NewTopic(topic, partitions, replicationFactor)
                        .configs(prepared.getOrDefault(topic, Map.of()))))
            .all()
            .toCompletionStage();
    return Topics.<Void>orElse(
            created, TopicExistsException.class, () -> CompletableFuture.completedFuture(null))
        .thenCompose(done -> visible(topic, System.nanoTime() + TimeUnit.SECONDS.toNanos(5)));
  }

  /** Completes when a broker shows and serves the topic that was just created. */
  private CompletionStage<Known> visible(String topic, long deadline) {
    return orElse(
        find(topic),
        UnknownTopicOrPartitionException.class,
        () ->
            System.nanoTime() - deadline > 0
                ? CompletableFuture.failedFuture(new UnknownTopicOrPartitionException(topic))
                : CompletableFuture.runAsync(() -> {}, SHORTLY)
                    .thenCompose(again -> visible(topic, deadline)));
  }

  /** A stage that, if it fails like this, is replaced by another one. */
  private static <T extends @Nullable Object> CompletionStage<T> orElse(
      CompletionStage<T> stage,
      Class<? extends Exception> failure,
      Supplier<CompletionStage<T>> otherwise) {
    return stage
        .handle(
            (value, thrown) -> {
              if (thrown == null) {
                return CompletableFuture.completedFuture(value);
              }
              return failure.isInstance(KafkaFailures.unwrap(thrown))
                  ? otherwise.get()
                  : CompletableFuture.<T>failedFuture(thrown);
            })
        .thenCompose(next -> next);
  }

  /** Kafka's rule for topic names. */
  static boolean isLegal(String topic) {
    if (topic.isEmpty()
        || topic.length() > LONGEST_NAME
        || topic.equals(".")
        || topic.equals("..")) {
      return false;
    }
    for (int i = 0; i < topic.length(); i++) {
      char c = topic.charAt(i);
      boolean legal =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '_'
              || c == '-';
      if (!legal) {
        return false;
      }
    }
    return true;
  }
}

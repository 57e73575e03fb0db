package io.stagepost.kafka;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.PublishUnknownException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.errors.UnsupportedForMessageFormatException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the client's exceptions become ours: by type, never by text. What is not
 * known here to be a refusal is <i>unknown</i>: it may be stored, and trying again may help.
 */
final class KafkaFailures {
  private final String bootstrapServers;

  KafkaFailures(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * What a failure means.
   *
   * @param refused for whose fault the broker, or the client before it, refused; null if nobody did
   */
  record Finding(String code, String text, @Nullable Fault refused, @Nullable Throwable cause) {
    /** As a line of a {@link io.stagepost.ConfigurationException}. */
    String problem() {
      return code + " " + text;
    }

    /** As what a publish fails with (rule D01). */
    MessagingException publishing() {
      return refused == null
          ? new PublishUnknownException(code, text, cause)
          : new PublishRejectedException(code, text, refused, cause);
    }

    /** As what anything else fails with. */
    MessagingException exception() {
      return new MessagingException(code, text, cause);
    }
  }

  /** A failed look at a topic, or a failed attempt to create it. */
  Finding topic(String topic, Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof UnknownTopicOrPartitionException) {
      return missing(topic, cause);
    }
    if (cause instanceof InvalidTopicException) {
      return illegalName(topic, cause);
    }
    if (isDenied(cause)) {
      return denied("the topic " + topic, cause);
    }
    if (cause instanceof PolicyViolationException
        || cause instanceof InvalidReplicationFactorException
        || cause instanceof InvalidPartitionsException
        || cause instanceof InvalidConfigurationException) {
      return new Finding(
          "SP-KAFKA-007",
          "The topic "
              + topic
              + " cannot be created: "
              + cause.getMessage()
              + " ("
              + cause.getClass().getSimpleName()
              + "). Set partitions(...) and replicationFactor(...) to what the broker allows, or"
              + " create it by hand.",
          Fault.SURROUNDINGS,
          cause);
    }
    return unreachable(cause);
  }

  Finding missing(String topic, @Nullable Throwable cause) {
    return new Finding(
        "SP-KAFKA-004",
        "The topic "
            + topic
            + " does not exist. Create it: kafka-topics.sh --bootstrap-server "
            + bootstrapServers
            + " --create --topic "
            + topic
            + ", or let the transport do so: topology(Topology.AUTO_CREATE).",
        Fault.SURROUNDINGS,
        cause);
  }

  Finding illegalName(String topic, @Nullable Throwable cause) {
    return new Finding(
        "SP-KAFKA-003",
        "\""
            + topic
            + "\" ("
            + topic.length()
            + " characters) is no legal topic name: 1 to "
            + Topics.LONGEST_NAME
            + " of the characters a-z, A-Z, 0-9, '.', '_' and '-', and neither \".\" nor \"..\"."
            + " Rename what it is made of: the channel, the subscription, or the address in its"
            + " Policy.",
        Fault.MESSAGE,
        cause);
  }

  Finding unreachable(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof MessagingException known) { // there is no client to ask with
      return new Finding(
          known.code(),
          String.valueOf(known.getMessage()).substring(known.code().length()).strip(),
          Fault.SURROUNDINGS,
          known.getCause());
    }
    return new Finding(
        "SP-KAFKA-005",
        "The broker at "
            + bootstrapServers
            + " gave no answer ("
            + cause.getClass().getSimpleName()
            + "). Check that it runs, that the address is right, and that security.protocol is the"
            + " listener's; default.api.timeout.ms says how long to wait.",
        null,
        cause);
  }

  private Finding denied(String what, Throwable cause) {
    if (cause instanceof AuthenticationException || login(cause) != null) {
      return unauthenticated(cause);
    }
    return new Finding(
        "SP-KAFKA-006",
        "The broker at "
            + bootstrapServers
            + " denies access to "
            + what
            + " ("
            + cause.getClass().getSimpleName()
            + "). Check the principal's ACLs: it needs DESCRIBE, READ to consume, WRITE to publish,"
            + " CREATE where the transport is to create topics.",
        Fault.SURROUNDINGS,
        cause);
  }

  /** Nobody was let in: neither side has said or done anything else yet. */
  private Finding unauthenticated(Throwable cause) {
    LoginException login = login(cause);
    if (login != null) {
      return new Finding(
          "SP-KAFKA-043",
          "No credentials could be obtained for the broker at "
              + bootstrapServers
              + ": "
              + login.getMessage()
              + ". Check that the token issuer answers (sasl.oauthbearer.token.endpoint.url), and"
              + " what it is asked with (sasl.jaas.config, sasl.oauthbearer.*).",
          Fault.SURROUNDINGS,
          cause);
    }
    return new Finding(
        "SP-KAFKA-042",
        "The broker at "
            + bootstrapServers
            + " and this client do not accept each other ("
            + cause.getClass().getSimpleName()
            + (cause instanceof SslAuthenticationException ? ": " + root(cause).getMessage() : "")
            + "). Check "
            + (cause instanceof SslAuthenticationException
                ? "that both certificates are still valid, that each side trusts the other's"
                    + " issuer, and that the broker's certificate names its host"
                : "user and password, or the token's audience, issuer and expiry, and"
                    + " sasl.mechanism")
            + ".",
        Fault.SURROUNDINGS,
        cause);
  }

  /**
   * Why a subscription may not receive; stays the same while the reason does.
   *
   * @return null if the failure is another one
   */
  @Nullable String blocking(String subscription, Set<String> topics, Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof AuthorizationException) {
      Set<String> denied =
          cause instanceof TopicAuthorizationException topic
                  && !topic.unauthorizedTopics().isEmpty()
              ? topic.unauthorizedTopics()
              : topics;
      return "SP-KAFKA-034 The broker at "
          + bootstrapServers
          + (cause instanceof GroupAuthorizationException
              ? " denies it the group " + subscription + ". Grant READ on that group"
              : " denies it " + denied + ". Grant READ and DESCRIBE on these topics")
          + " ("
          + cause.getClass().getSimpleName()
          + "). It tries again by itself, at least once a minute.";
    }
    if (cause instanceof AuthenticationException || login(cause) != null) {
      return unauthenticated(cause).problem()
          + " It tries again by itself, at least once a minute.";
    }
    return null;
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure : root(cause);
  }

  private static @Nullable LoginException login(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LoginException login) {
        return login;
      }
    }
    return null;
  }

  /** A failed look at offsets or stored messages. */
  Finding looking(String what, Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof UnknownTopicOrPartitionException) {
      return new Finding(
          "SP-KAFKA-008",
          "Asked for "
              + what
              + ", the broker at "
              + bootstrapServers
              + " says that a topic does not exist. Check its name.",
          Fault.SURROUNDINGS,
          cause);
    }
    return isDenied(cause) ? denied(what, cause) : unreachable(cause);
  }

  /** What the principal may not see of topics: a warning. */
  String notSeen(Collection<String> topics) {
    return "SP-KAFKA-057 The broker at "
        + bootstrapServers
        + " does not let this principal see the configuration of "
        + String.join(", ", topics)
        + ": compaction, retention, min.insync.replicas and max.message.bytes were not checked. Allow"
        + " it DescribeConfigs on them, or check by hand: kafka-configs.sh --describe --all"
        + " --entity-type topics --entity-name NAME.";
  }

  /** A partition or position that no topic has, or not this one. */
  MessagingException nowhere(String topic, String name, @Nullable String text) {
    return new MessagingException(
        "SP-KAFKA-058",
        "The topic "
            + topic
            + " has no "
            + name
            + " \""
            + text
            + "\"; give it as in a message's origin: partitions are numbered from 0, positions are"
            + " offsets.");
  }

  /** A failed send. */
  MessagingException publishing(Message message, Throwable failure) {
    Throwable cause = unwrap(failure);
    String topic = message.address();
    if (cause instanceof RecordTooLargeException || cause instanceof RecordBatchTooLargeException) {
      return new PublishRejectedException(
          "SP-KAFKA-010",
          "A message of about "
              + size(message)
              + " bytes for the topic "
              + topic
              + " is above a limit: the producer's max.request.size (1,114,124 unless set), or the"
              + " topic's max.message.bytes. Make it smaller, or raise both.",
          Fault.MESSAGE,
          cause);
    }
    if (isDenied(cause)) {
      return denied("the topic " + topic, cause).publishing();
    }
    if (cause instanceof UnknownTopicOrPartitionException) {
      return missing(topic, cause).publishing();
    }
    if (cause instanceof InvalidTopicException) {
      return illegalName(topic, cause).publishing();
    }
    if (cause instanceof InvalidTimestampException) {
      return new PublishRejectedException(
          "SP-KAFKA-016",
          "The broker at "
              + bootstrapServers
              + " refuses the time of a message for the topic "
              + topic
              + ", which is this machine's: "
              + cause.getMessage()
              + ". Set the clock right, or raise the topic's message.timestamp.after.max.ms (an"
              + " hour unless set) or message.timestamp.before.max.ms.",
          Fault.SURROUNDINGS,
          cause);
    }
    if (cause instanceof SerializationException
        || cause instanceof InvalidRecordException
        || cause instanceof PolicyViolationException
        || cause instanceof UnsupportedForMessageFormatException
        || cause instanceof UnsupportedVersionException) {
      return new PublishRejectedException(
          "SP-KAFKA-011",
          "The broker refuses a message for the topic "
              + topic
              + ": "
              + cause.getMessage()
              + " ("
              + cause.getClass().getSimpleName()
              + "). Compare the topic's configuration with the message.",
          Fault.MESSAGE,
          cause);
    }
    return unanswered(topic, cause);
  }

  MessagingException unanswered(String topic, Throwable cause) {
    return new PublishUnknownException(
        "SP-KAFKA-012",
        "No confirmation came for a message for the topic "
            + topic
            + " ("
            + cause.getClass().getSimpleName()
            + "): it may be stored or not. Publish it again with the same id, or use an outbox;"
            + " check the broker at "
            + bootstrapServers
            + ".",
        cause);
  }

  /** A client that cannot be made. */
  MessagingException client(String which, KafkaException failure) {
    if (login(failure) != null) {
      return unauthenticated(failure).exception();
    }
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof ConfigException)) {
      cause = cause.getCause();
    }
    return new MessagingException(
        "SP-KAFKA-002",
        "The Kafka "
            + which
            + " for "
            + bootstrapServers
            + " cannot be made: "
            + cause.getMessage()
            + ". Correct the transport's properties.",
        failure);
  }

  MessagingException closed() {
    return new MessagingException(
        "SP-KAFKA-015",
        "The transport to " + bootstrapServers + " is closed; use it before closing.");
  }

  static boolean isDenied(Throwable failure) {
    Throwable cause = unwrap(failure);
    return cause instanceof AuthorizationException
        || cause instanceof AuthenticationException
        || login(cause) != null;
  }

  /** Whether another member of the group has, or has had, the same {@code group.instance.id}. */
  static boolean isFenced(Throwable failure) {
    return failure instanceof FencedInstanceIdException
        || failure instanceof UnreleasedInstanceIdException;
  }

  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wraps =
        failure instanceof CompletionException
            || failure instanceof ExecutionException
            || failure.getClass() == KafkaException.class;
    return wraps && cause != null ? unwrap(cause) : failure;
  }

  private static long size(Message message) {
    byte[] body = message.body();
    byte[] key = message.key();
    long size = (body == null ? 0L : body.length) + (key == null ? 0L : key.length);
    for (Header header : message.headers()) {
      byte[] value = header.value();
      size += header.name().length() + (value == null ? 0 : value.length);
    }
    return size;
  }
}

package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** How the members of a group agree on who has which partition. */
enum Protocol {
  /** The classic protocol, and only what changes hands is given up. */
  COOPERATIVE,
  /** The classic protocol, and at each rebalance everything is given up first. */
  EAGER,
  /** The newer one of KIP-848: the broker assigns, member by member. */
  CONSUMER;

  private static final Duration HEARTBEAT = Duration.ofMillis(200);

  /** Makes a transport's consumers speak it. */
  KafkaTransport.Builder on(KafkaTransport.Builder builder) {
    return switch (this) {
      case COOPERATIVE -> heartbeat(builder);
      case EAGER ->
          heartbeat(builder)
              .consumerProperty("partition.assignment.strategy", RangeAssignor.class.getName());
      case CONSUMER -> builder.consumerProperty("group.protocol", "consumer");
    };
  }

  private static KafkaTransport.Builder heartbeat(KafkaTransport.Builder builder) {
    return builder.consumerProperty("heartbeat.interval.ms", millis(HEARTBEAT));
  }

  /** As {@link #on}, with sessions of that length where the member says how long they are. */
  KafkaTransport.Builder on(KafkaTransport.Builder builder, Duration session) {
    return this == CONSUMER
        ? on(builder)
        : on(builder).consumerProperty("session.timeout.ms", millis(session));
  }

  /** The same where the broker says it, group by group; to be called before anybody joins. */
  void prepare(String group, Duration session) {
    if (this == CONSUMER) {
      Broker.get(
          Broker.admin()
              .incrementalAlterConfigs(
                  Map.of(
                      new ConfigResource(ConfigResource.Type.GROUP, group),
                      List.of(
                          set("consumer.session.timeout.ms", session),
                          set("consumer.heartbeat.interval.ms", HEARTBEAT))))
              .all()
              .toCompletionStage()
              .toCompletableFuture());
    }
  }

  private static AlterConfigOp set(String name, Duration value) {
    return new AlterConfigOp(new ConfigEntry(name, millis(value)), AlterConfigOp.OpType.SET);
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }

  /** Throws all members out of a group, unasked: each learns of it when its heart beats next. */
  void evict(String group) {
    if (this == CONSUMER) {
      members(group).forEach(member -> HeartbeatRequest.leave(group, member.consumerId()));
      return;
    }
    Broker.get(
        Broker.admin()
            .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
            .all()
            .toCompletionStage()
            .exceptionally(Protocol::noMembers)
            .toCompletableFuture());
  }

  /** The client's way to say that the group has no members just now: nothing is to be lost. */
  private static @Nullable Void noMembers(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof IllegalArgumentException) {
      return null;
    }
    throw new CompletionException(cause);
  }

  /** Who is in a group now. */
  static Collection<MemberDescription> members(String group) {
    return Broker.get(
        Broker.admin()
            .describeConsumerGroups(List.of(group))
            .all()
            .toCompletionStage()
            .thenApply(groups -> requireNonNull(groups.get(group)).members())
            .exceptionally(Protocol::noGroup)
            .toCompletableFuture());
  }

  private static Collection<MemberDescription> noGroup(Throwable failure) {
    if (KafkaFailures.unwrap(failure) instanceof GroupIdNotFoundException) {
      return List.of();
    }
    throw new CompletionException(failure);
  }
}

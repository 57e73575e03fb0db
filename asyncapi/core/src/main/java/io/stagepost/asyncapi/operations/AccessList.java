package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Contract;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a broker must allow an application, by the operations of its contract and by what
 * Stagepost's transports do for them: dead letters, parking lots, groups.
 *
 * @param text commands, each line ended
 * @param json the same for programs
 * @param notes what had to be assumed, or is granted more widely than needed
 */
public record AccessList(String text, String json, List<String> notes) {
  /** Whose access it is. */
  public enum Broker {
    /** Kafka: {@code kafka-acls}. */
    KAFKA,
    /** RabbitMQ: {@code rabbitmqctl set_permissions}. */
    RABBITMQ
  }

  /** How the application treats topics, exchanges and queues, as its transport is told. */
  public enum Declares {
    /** It looks at nothing. */
    NONE,
    /** It compares what is there with what it needs. */
    VERIFY,
    /** It creates what is missing. */
    AUTO_CREATE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * For whom.
   *
   * @param principal Kafka's principal with its type, such as {@code User:shop}, or RabbitMQ's
   *     user; null for one by the contract's title
   * @param subscription the name of its subscriptions, where the contract has no group; null for
   *     the contract's title
   * @param virtualHost RabbitMQ's; null for the path of the server in the contract, else {@code /}
   * @param declares what it does about topics, exchanges and queues
   * @param defers whether its policies defer: long delays go by addresses of their own
   */
  public record Who(
      @Nullable String principal,
      @Nullable String subscription,
      @Nullable String virtualHost,
      Declares declares,
      boolean defers) {
    /** By the contract, verifying, without long delays. */
    public static final Who DEFAULTS = new Who(null, null, null, Declares.VERIFY, false);
  }

  /**
   * The access that a contract's application needs.
   *
   * @param contract the contract
   * @param broker at which broker; operations that are at others only are left out, with a note
   * @param who for whom
   * @return the list
   */
  public static AccessList of(Contract contract, Broker broker, Who who) {
    Needs needs = new Needs(contract, broker, who);
    return broker == Broker.KAFKA
        ? new KafkaAccess(contract, needs, who).list()
        : new RabbitAccess(contract, needs, who).list();
  }
}

package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Parameter;
import io.stagepost.asyncapi.Server;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.generate.Generator;
import io.stagepost.asyncapi.tree.Node;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an application does with addresses at one broker. */
final class Needs {
  /** The most addresses that a channel with parameters stands for. */
  private static final int MOST = 100;

  private static final Pattern PARAMETER = Pattern.compile("\\{([^{}]*)\\}");
  private static final Set<String> KAFKA = Set.of("kafka", "kafka-secure");
  private static final Set<String> RABBIT = Set.of("amqp", "amqps", "amqp1", "amqp1s");

  /**
   * An address, with what stands for any value where a parameter does.
   *
   * @param text with {@link #ANY} for what may be anything
   * @param why the operation
   */
  record Sends(String text, String why) {}

  /**
   * What a subscription reads.
   *
   * @param address what it reads
   * @param deadLetters where it gives up
   * @param parking where it parks
   * @param delay where long delays wait
   * @param isStream whether it reads the channel's stream at RabbitMQ, not queues of its own
   */
  record Receives(
      String address,
      String subscription,
      String deadLetters,
      String parking,
      String delay,
      boolean isStream,
      String why) {}

  /** Stands for any text: no address has it. */
  static final char ANY = '\u0001';

  private final Contract contract;
  private final AccessList.Broker broker;
  private final AccessList.Who who;
  final List<Sends> sends = new ArrayList<>();
  final List<Receives> receives = new ArrayList<>();
  final Set<String> notes = new TreeSet<>();

  Needs(Contract contract, AccessList.Broker broker, AccessList.Who who) {
    this.contract = contract;
    this.broker = broker;
    this.who = who;
    for (Operation operation : contract.operations().values()) {
      boolean isSend = operation.action() == Operation.Action.SEND;
      add(operation, operation.channel(), isSend);
      Operation.Reply reply = operation.reply();
      Channel channel = reply == null ? null : reply.channel();
      if (channel != null) {
        add(operation, channel, !isSend);
      } else if (reply != null) {
        notes.add(operation.key() + ": where its replies go is known at run time only: not listed");
      }
    }
  }

  private void add(Operation operation, Channel channel, boolean isSend) {
    if (!isHere(channel)) {
      notes.add(operation.key() + ": " + channel.key() + " is at another broker: not listed");
      return;
    }
    String address = address(channel);
    if (address == null) {
      notes.add(
          operation.key()
              + ": the address of "
              + channel.key()
              + " is known at run time: not listed");
      return;
    }
    for (String each : expanded(address, channel, operation)) {
      if (isSend) {
        sends.add(new Sends(each, operation.key()));
      } else {
        receives(operation, each);
      }
    }
  }

  private void receives(Operation operation, String address) {
    String subscription = subscription(operation);
    Terms terms = Terms.of(contract, operation, null);
    String own = address + "." + subscription;
    receives.add(
        new Receives(
            address,
            subscription,
            named(terms, "x-dead-letter", address, subscription).orElse(own + ".dead-letter"),
            named(terms, "x-parking", address, subscription).orElse(own + ".parking-lot"),
            own + ".delay",
            isStream(operation.channel()),
            operation.key()));
  }

  private static Optional<String> named(
      Terms terms, String extension, String channel, String subscription) {
    return terms
        .text(extension, "address")
        .map(Terms.Term::value)
        .map(t -> t.replace("{channel}", channel).replace("{subscription}", subscription));
  }

  private boolean isHere(Channel channel) {
    Set<String> ours = broker == AccessList.Broker.KAFKA ? KAFKA : RABBIT;
    List<Server> servers = channel.servers();
    return servers.isEmpty() || servers.stream().anyMatch(s -> ours.contains(s.protocol()));
  }

  private static boolean isStream(Channel channel) {
    Node binding = channel.bindings().get("amqp1");
    Node queue = binding == null ? null : binding.get("queue");
    return queue != null && "stream".equals(queue.text("type"));
  }

  private @Nullable String address(Channel channel) {
    Node kafka = channel.bindings().get("kafka");
    String topic = kafka == null ? null : kafka.text("topic");
    if (broker != AccessList.Broker.KAFKA || topic == null || topic.equals(channel.address())) {
      return channel.address();
    }
    notes.add(
        channel.key()
            + ": its Kafka binding names the topic '"
            + topic
            + "', which is listed; generated code uses the address");
    return topic;
  }

  /** As the contract says, the given name, or the one that generated code takes. */
  private String subscription(Operation operation) {
    String said = operation.subscription().orElse(who.subscription());
    if (said != null) {
      return said;
    }
    String assumed = Generator.subscription(contract, operation);
    notes.add(
        operation.key()
            + ": its subscription is assumed to be '"
            + assumed
            + "', as generated code calls it; name it by --subscription, or by x-subscription in"
            + " the contract");
    return assumed;
  }

  /** A name by the contract's title. */
  static String name(Contract contract) {
    String name =
        Normalizer.normalize(contract.title(), Normalizer.Form.NFKD)
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\p{M}+", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    return name.isEmpty() ? "application" : name;
  }

  /** All addresses, where the parameters' values are known. */
  private List<String> expanded(String address, Channel channel, Operation operation) {
    List<String> all = List.of(address);
    for (Matcher found = PARAMETER.matcher(address); found.find(); ) {
      Parameter parameter = channel.parameters().get(found.group(1));
      List<String> values = parameter == null ? List.of() : parameter.values();
      boolean isOpen = values.isEmpty() || (long) all.size() * values.size() > MOST;
      List<String> next = new ArrayList<>();
      for (String each : all) {
        for (String value : isOpen ? List.of(String.valueOf(ANY)) : values) {
          next.add(each.replace(found.group(), value));
        }
      }
      if (isOpen) {
        notes.add(
            operation.key()
                + ": "
                + found.group()
                + " in "
                + address
                + " may be anything, so more is granted than one address; list its values in the"
                + " contract to grant less");
      }
      all = next;
    }
    return all;
  }
}

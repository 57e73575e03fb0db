package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Management.ExchangeType;
import com.rabbitmq.client.amqp.Management.OverflowStrategy;
import com.rabbitmq.client.amqp.Management.QueueInfo;
import com.rabbitmq.client.amqp.Management.QueueSpecification;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.Topology;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Declares exchanges, queues and streams, compares them with what is needed, and tells what lies
 * there. Thread-safe.
 */
final class AmqpTopology implements TopologyAdmin, AutoCloseable {
  private static final String SINGLE_ACTIVE = "x-single-active-consumer";

  private final Topology topology;
  private final Layout layout;
  private final Connections connections;
  private final AmqpFailures failures;
  private @Nullable Connection connection;

  AmqpTopology(Topology topology, Layout layout, Connections connections, AmqpFailures failures) {
    this.topology = topology;
    this.layout = layout;
    this.connections = connections;
    this.failures = failures;
  }

  Layout layout() {
    return layout;
  }

  boolean createsMissing() {
    return topology == Topology.AUTO_CREATE;
  }

  // ---- the connection

  /** Asks the broker; once more if the connection turns out to be gone. */
  private <T> T ask(Function<Management, T> question) {
    try {
      return question.apply(connection().management());
    } catch (AmqpException.AmqpResourceInvalidStateException gone) {
      return question.apply(connection().management());
    }
  }

  private synchronized Connection connection() {
    Connection current = connection;
    if (current == null) {
      current =
          connections.open(
              "administration",
              null,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  forget((Connection) event.resource());
                }
              });
      connection = current;
    }
    return current;
  }

  private synchronized void forget(Connection gone) {
    if (connection == gone) {
      connection = null;
    }
  }

  @Override
  public void close() {
    Connection closing;
    synchronized (this) {
      closing = connection;
      connection = null;
    }
    if (closing != null) {
      closing.close();
    }
  }

  // ---- provisioning

  @Override
  public TopologyReport provision(Collection<Need> needs) {
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Set<Need> legal = new LinkedHashSet<>();
    Set<String> illegal = new LinkedHashSet<>();
    for (Need need : needs) {
      if (Layout.isLegal(need.address())) {
        legal.add(need);
      } else if (illegal.add(need.address())) {
        problems.add(failures.illegalName(need.address()));
      }
    }
    if (topology == Topology.NONE || legal.isEmpty()) {
      return new TopologyReport(problems, warnings);
    }
    try {
      for (Need need : legal) {
        if (topology == Topology.AUTO_CREATE) {
          ask(management -> create(management, need, problems));
        } else {
          verify(need, problems);
        }
      }
    } catch (MessagingException told) {
      problems.add(told.getMessage());
    } catch (RuntimeException away) {
      problems.add(failures.away(away).getMessage());
    }
    return new TopologyReport(problems, warnings);
  }

  private boolean create(Management management, Need need, List<String> problems) {
    try {
      declareExchange(management, need.address());
      if (need.takesFrom() != null) {
        declareStream(management, need.address(), need.keepsAtLeast());
      } else {
        declareGroups(management, need.address());
      }
      String subscription = need.subscription();
      if (subscription != null) {
        declareGroup(management, need.address(), subscription);
      }
    } catch (MessagingException differs) {
      problems.add(differs.getMessage());
    }
    return true;
  }

  private void verify(Need need, List<String> problems) {
    try {
      requireExchange(need.address());
    } catch (AmqpEntityDoesNotExistException missing) {
      problems.add(failures.missing(need.address(), missing).getMessage());
      return;
    }
    String subscription = need.subscription();
    if (subscription != null) {
      for (String queue : layout.queues(need.address(), subscription)) {
        verifyQueue(queue, problems);
      }
    }
    if (need.takesFrom() != null) {
      verifyQueue(need.address(), problems);
    }
  }

  private void verifyQueue(String queue, List<String> problems) {
    try {
      QueueInfo unused = ask(management -> management.queueInfo(queue));
    } catch (AmqpEntityDoesNotExistException missing) {
      problems.add(failures.missingQueue(queue));
    }
  }

  /** Creates what a publish needs: the exchange, and the subscriptions declared with it. */
  void create(String address) {
    if (!Layout.isLegal(address)) {
      throw new MessagingException("SP-AMQP-011", failures.illegalName(address).substring(12));
    }
    boolean unused =
        ask(
            management -> {
              declareExchange(management, address);
              declareGroups(management, address);
              return true;
            });
  }

  private static void declareExchange(Management management, String address) {
    management.exchange(address).type(ExchangeType.FANOUT).declare();
  }

  private void declareGroups(Management management, String address) {
    Duration kept = layout.kept().get(address);
    if (kept != null) {
      declareStream(management, address, kept);
    }
    for (String subscription : layout.groups().getOrDefault(address, Set.of())) {
      declareGroup(management, address, subscription);
    }
  }

  private void declareStream(Management management, String address, @Nullable Duration kept) {
    QueueSpecification stream = management.queue(address);
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "stream");
    if (kept != null) {
      arguments.put("x-max-age", kept.toSeconds() + "s");
      stream.stream().maxAge(kept);
    }
    declare(management, stream.stream().queue(), address, arguments);
    management.binding().sourceExchange(address).destinationQueue(address).bind();
  }

  /** Declares what a subscription receives from. */
  void declareGroup(String address, String subscription) {
    boolean unused =
        ask(
            management -> {
              declareExchange(management, address);
              declareGroup(management, address, subscription);
              return true;
            });
  }

  private void declareGroup(Management management, String address, String subscription) {
    String group = Layout.group(address, subscription);
    if (!layout.isKeyed(address)) {
      declareQueue(management, group, false);
      management.binding().sourceExchange(address).destinationQueue(group).bind();
      return;
    }
    try {
      management
          .exchange(group)
          .type("x-consistent-hash")
          .argument("hash-header", Layout.KEY)
          .declare();
    } catch (AmqpException refused) {
      throw String.valueOf(refused.getMessage()).contains("unknown exchange type")
          ? failures.withoutHash(refused)
          : refused;
    }
    for (String queue : layout.queues(address, subscription)) {
      declareQueue(management, queue, true);
      management.binding().sourceExchange(group).destinationQueue(queue).key("1").bind();
    }
    management.binding().sourceExchange(address).destinationExchange(group).bind();
  }

  private void declareQueue(Management management, String queue, boolean keyed) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "quorum");
    arguments.put("x-overflow", "reject-publish");
    arguments.put("x-delivery-limit", -1L);
    if (keyed) {
      arguments.put(SINGLE_ACTIVE, true);
    }
    declare(
        management,
        management
            .queue(queue)
            .quorum()
            .queue()
            .overflowStrategy(OverflowStrategy.REJECT_PUBLISH)
            .singleActiveConsumer(keyed)
            .argument("x-delivery-limit", -1),
        queue,
        arguments);
  }

  private void declare(
      Management management,
      QueueSpecification specification,
      String queue,
      Map<String, Object> wanted) {
    try {
      QueueInfo unused = specification.declare();
    } catch (AmqpException refused) {
      throw differs(management, queue, wanted, refused);
    }
  }

  /** The queue exists with other arguments, which cannot be changed: all that differs is told. */
  private RuntimeException differs(
      Management management, String queue, Map<String, Object> wanted, AmqpException refused) {
    QueueInfo info;
    try {
      info = management.queueInfo(queue);
    } catch (AmqpEntityDoesNotExistException isNotThere) {
      return refused;
    }
    Map<String, Object> has = new LinkedHashMap<>(info.arguments());
    List<String> differences = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>(wanted.keySet());
    names.addAll(has.keySet());
    for (String name : names) {
      Object there = has.get(name);
      Object needed = wanted.get(name);
      if (!String.valueOf(there).equals(String.valueOf(needed))) {
        differences.add(
            name
                + " is "
                + (there == null ? "not set" : there)
                + ", needed is "
                + (needed == null ? "not set" : needed));
      }
    }
    return differences.isEmpty() ? refused : failures.differs(queue, differences, refused);
  }

  /** Throws {@link AmqpEntityDoesNotExistException} if there is none. */
  void requireQueue(Management management, String queue) {
    QueueInfo unused = management.queueInfo(queue);
  }

  /**
   * Throws {@link AmqpEntityDoesNotExistException} if there is none. Asks by attaching, on a
   * connection of its own, since the broker has no other answer, and before 4.3 ends the session
   * with all its links when there is none.
   */
  void requireExchange(String address) {
    Connection probe = connections.open("look for an exchange", null, event -> {});
    try {
      probe.publisherBuilder().exchange(address).build().close();
    } finally {
      probe.close();
    }
  }

  /** Whether attaching to what is missing ends the session, with all other links on it. */
  static boolean endsSessionAtMissing(Connection connection) {
    String[] version = connection.connectionInfo().brokerVersion().split("\\.", 3);
    int major = Integer.parseInt(version[0]);
    return major < 4 || (major == 4 && Integer.parseInt(version[1]) < 3);
  }

  // ---- lag

  @Override
  public Map<String, Long> lag(String subscription, Collection<String> addresses) {
    Map<String, Long> lag = new LinkedHashMap<>();
    for (Backlog each : backlog(subscription, addresses)) {
      lag.merge(each.address(), each.messages(), Long::sum);
    }
    return lag;
  }

  @Override
  public List<Backlog> backlog(String subscription, Collection<String> addresses) {
    return look(
        management ->
            addresses.stream()
                .flatMap(
                    address ->
                        layout.queues(address, subscription).stream()
                            .map(queue -> backlog(management, address, queue)))
                .collect(Collectors.toList()));
  }

  @Override
  public List<Backlog> depth(Collection<String> addresses) {
    return look(
        management ->
            addresses.stream()
                .map(address -> backlog(management, address, address))
                .collect(Collectors.toList()));
  }

  private <T> T look(Function<Management, T> question) {
    try {
      return ask(question);
    } catch (MessagingException told) {
      throw told;
    } catch (RuntimeException away) {
      // also a NullPointerException of the client's, when it loses the connection before the answer
      throw failures.away(away);
    }
  }

  private Backlog backlog(Management management, String address, String queue) {
    try {
      return new Backlog(address, queue, management.queueInfo(queue).messageCount(), null);
    } catch (AmqpEntityDoesNotExistException missing) {
      throw new MessagingException(
          "SP-AMQP-032", failures.missingQueue(queue).substring(12), missing);
    }
  }
}

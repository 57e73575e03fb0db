package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Management.BindingSpecification;
import com.rabbitmq.client.amqp.Management.ExchangeSpecification;
import com.rabbitmq.client.amqp.Management.ExchangeType;
import com.rabbitmq.client.amqp.Management.QueueInfo;
import com.rabbitmq.client.amqp.Management.QueueSpecification;
import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.Topology;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Declares exchanges, queues and streams, compares them with what is needed, and tells what lies
 * there. Thread-safe.
 */
final class AmqpTopology implements TopologyAdmin, AutoCloseable {
  private static final String SINGLE_ACTIVE = "x-single-active-consumer";

  /** What a queue must have, if it is to have it at all, whoever has declared it. */
  private static final List<String> ESSENTIAL =
      List.of("x-queue-type", SINGLE_ACTIVE, "x-overflow");

  /**
   * How often a message may be taken back before the broker makes it a dead letter by itself: a
   * backstop, since what kills its process is found long before. With fewer, orderly ends of a
   * member that waits for something would count for it (4.0).
   */
  private static final long DELIVERY_LIMIT = 200;

  /**
   * How long a message may be unsettled. Time limits are kept above, and a member that is gone is
   * found by its connection; a queue whose members have all once been slower stands still for good
   * (4.3).
   */
  private static final Duration CONSUMER_TIMEOUT = Duration.ofDays(30);

  /** How long the broker may leave one question without an answer. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private static final Duration CONNECTING = Duration.ofMinutes(2);
  private static final Duration LOOK = Duration.ofMillis(100);

  /** How long it is known who died of what. */
  private static final Duration EVIDENCE = Duration.ofDays(30);

  private final Topology topology;
  private final Layout layout;
  private final Connections connections;
  private final AmqpFailures failures;
  private final SharedConnection connection;

  /** The groups that read what is deferred. */
  private final Set<String> delaying = ConcurrentHashMap.newKeySet();

  /** The groups of which it is known that they have as many queues as here. */
  private final Set<String> counted = ConcurrentHashMap.newKeySet();

  /** The client waits for ever until the broker takes a question in. */
  private final ExecutorService questions =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "stagepost-amqp-administration");
            thread.setDaemon(true);
            return thread;
          });

  /** When the broker has answered last, or was asked then; written where questions are asked. */
  private volatile long answered = System.nanoTime();

  AmqpTopology(Topology topology, Layout layout, Connections connections, AmqpFailures failures) {
    this.topology = topology;
    this.layout = layout;
    this.connections = connections;
    this.connection = new SharedConnection(connections, "administration");
    this.failures = failures;
  }

  Layout layout() {
    return layout;
  }

  boolean createsMissing() {
    return topology == Topology.AUTO_CREATE;
  }

  // ---- the connection

  /**
   * Asks the broker; once more if the connection turns out to be gone.
   *
   * @throws MessagingException if it leaves something without an answer, as it does while it has an
   *     alarm
   */
  private <T> T ask(Function<Management, T> question) {
    long asked = System.nanoTime();
    AtomicBoolean givenUp = new AtomicBoolean();
    Future<T> answer =
        questions.submit(
            () -> {
              try {
                return question.apply(management());
              } catch (AmqpException.AmqpResourceInvalidStateException gone) {
                if (givenUp.get()) {
                  throw gone; // nobody waits for it
                }
                return question.apply(management());
              }
            });
    try {
      while (true) {
        try {
          return answer.get(Math.min(left(asked), LOOK.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException waited) {
          if (left(asked) <= 0) {
            givenUp.set(true);
            answer.cancel(false);
            connection.drop(); // which ends what hangs there
            throw failures.silent(SILENCE);
          }
        }
      }
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(failed.getCause());
    } catch (InterruptedException interrupted) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking the broker", interrupted);
    }
  }

  private Management management() {
    answered = System.nanoTime() + CONNECTING.toNanos(); // which has time limits of its own
    Management management = connection.get().management();
    answered = System.nanoTime();
    return management;
  }

  /** What is asked waits for what was asked before, by others. */
  private long left(long asked) {
    long since = Math.max(answered - asked, 0);
    return asked + since + SILENCE.toNanos() - System.nanoTime();
  }

  @Override
  public void close() {
    questions.shutdown();
    connection.close();
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
    for (Need need : legal) {
      String subscription = need.subscription();
      if (subscription != null && need.takesFrom() != null && layout.isKeyed(need.address())) {
        delaying.add(Layout.group(need.address(), subscription));
      }
    }
    boolean attachable = attachable(legal, problems);
    if (topology == Topology.NONE || legal.isEmpty() || !attachable) {
      return new TopologyReport(problems, warnings);
    }
    try {
      for (Need need : legal) {
        String queue = Layout.queueAt(need.address());
        if (queue != null) {
          verifyQueue(queue, Map.of(), ESSENTIAL, problems); // somebody else's
        } else if (topology == Topology.AUTO_CREATE) {
          ask(management -> create(management, need, problems));
        } else {
          verify(need, problems);
        }
      }
    } catch (BrokerSilentException silent) {
      warnings.add(silent.getMessage());
    } catch (MessagingException told) {
      problems.add(told.getMessage());
    } catch (RuntimeException away) {
      problems.add(failures.away(away).getMessage());
    }
    return new TopologyReport(problems, warnings);
  }

  /** Whether a member can attach to all that its subscription receives from. */
  private boolean attachable(Collection<Need> needs, List<String> problems) {
    Map<String, Integer> links = new LinkedHashMap<>();
    for (Need need : needs) {
      String subscription = need.subscription();
      if (subscription != null) {
        int ladder = need.takesFrom() == null ? 0 : Ladder.RUNGS.size();
        links.merge(
            subscription, layout.links(need.address(), subscription) + ladder, Integer::sum);
      }
    }
    links.values().removeIf(count -> count <= Layout.MOST_LINKS);
    links.forEach((subscription, count) -> problems.add(failures.manyLinks(subscription, count)));
    return links.isEmpty();
  }

  private boolean create(Management management, Need need, List<String> problems) {
    try {
      declareExchange(management, need.address());
      if (need.takesFrom() != null && layout.deadLettersInQueues()) {
        declareDeadLetterQueue(management, need.address());
      } else if (need.takesFrom() != null) {
        declareKept(management, need.address(), need.keepsAtLeast());
      } else {
        declareGroups(management, need.address());
      }
      String subscription = need.subscription();
      if (subscription != null) {
        declareGroup(management, need.address(), subscription, true);
      }
    } catch (MessagingException differs) {
      problems.add(differs.getMessage());
    }
    return true;
  }

  private void verify(Need need, List<String> problems) {
    if (!verifyExchange(need.address(), problems)) {
      return;
    }
    String subscription = need.subscription();
    if (subscription != null) {
      Map<String, Object> wanted =
          layout.isStream(need.address())
              ? Map.of("x-queue-type", "stream")
              : queueArguments(need.address(), subscription);
      for (String queue : layout.queues(need.address(), subscription)) {
        verifyQueue(queue, wanted, ESSENTIAL, problems);
      }
      if (!layout.isStream(need.address())) {
        String evidence = Layout.evidence(need.address(), subscription);
        if (verifyExchange(evidence, problems)) {
          verifyQueue(evidence, Map.of(), ESSENTIAL, problems);
        }
      }
      if (ask(management -> hasLadder(need.address(), subscription))) {
        boolean unused = verifyExchange(Ladder.exchange(need.address(), subscription), problems);
        for (Duration rung : Ladder.RUNGS) {
          String queue = Ladder.queue(need.address(), subscription, rung);
          Map<String, Object> arguments = rungArguments(need.address(), subscription, rung);
          verifyQueue(queue, arguments, arguments.keySet(), problems);
        }
      }
      if (layout.isKeyed(need.address())) {
        String beyond = layout.beyond(need.address(), subscription);
        if (ask(management -> exists(management, beyond))) {
          problems.add(
              failures
                  .otherPartitions(need.address(), layout.partitions(), beyond + " exists")
                  .getMessage());
        }
        boolean unused = verifyExchange(Layout.control(need.address(), subscription), problems);
      }
    }
    if (need.takesFrom() != null) {
      verifyQueue(need.address(), Map.of(), ESSENTIAL, problems);
    }
  }

  private boolean verifyExchange(String name, List<String> problems) {
    try {
      requireExchange(name);
      return true;
    } catch (AmqpEntityDoesNotExistException missing) {
      problems.add(failures.missing(name, missing).getMessage());
      return false;
    }
  }

  /** Whoever has declared it, what our promises rest on must hold. */
  private void verifyQueue(
      String queue, Map<String, Object> wanted, Collection<String> names, List<String> problems) {
    try {
      Map<String, Object> has = ask(management -> management.queueInfo(queue)).arguments();
      Set<String> essential = new LinkedHashSet<>(names);
      essential.retainAll(wanted.keySet());
      if (!"at-least-once".equals(has.get("x-dead-letter-strategy"))) {
        essential.remove("x-overflow"); // with which that is at most once, without a word
      }
      List<String> differences = differences(has, wanted, essential);
      if (!differences.isEmpty()) {
        problems.add(failures.differs(queue, differences, null).getMessage());
      }
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

  /** The subscriptions that are declared with an address are to be there before anything comes. */
  void createGroups(String address) {
    if (createsMissing()
        && (layout.groups().containsKey(address) || layout.kept().containsKey(address))) {
      create(address);
    }
  }

  private void declareExchange(Management management, String address) {
    declare(management.exchange(address).type(ExchangeType.FANOUT));
  }

  private void declare(ExchangeSpecification exchange) {
    exchange.declare();
    answered = System.nanoTime();
  }

  private void bind(BindingSpecification binding) {
    binding.bind();
    answered = System.nanoTime();
  }

  private void declareGroups(Management management, String address) {
    Duration kept = layout.kept().get(address);
    if (kept != null) {
      declareKept(management, address, kept);
    }
    for (String subscription : layout.groups().getOrDefault(address, Set.of())) {
      declareGroup(management, address, subscription, true);
    }
  }

  private void declareStream(Management management, String stream, @Nullable Duration kept) {
    QueueSpecification specification = management.queue(stream);
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "stream");
    if (kept != null) {
      arguments.put("x-max-age", kept.toSeconds() + "s");
      specification.stream().maxAge(kept);
    }
    declare(management, specification.stream().queue(), stream, arguments);
  }

  /** What is published to the address is kept in a stream of that name. */
  private void declareKept(Management management, String address, @Nullable Duration kept) {
    declareStream(management, address, kept);
    bind(management.binding().sourceExchange(address).destinationQueue(address));
  }

  private void declareDeadLetterQueue(Management management, String address) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "quorum");
    arguments.put("x-overflow", "reject-publish");
    arguments.put("x-delivery-limit", -1L);
    QueueSpecification specification = management.queue(address);
    arguments.forEach(specification::argument);
    declare(management, specification, address, arguments);
    bind(management.binding().sourceExchange(address).destinationQueue(address));
  }

  /** Declares again what a subscription receives from, of which something was deleted. */
  void declareGroup(String address, String subscription) {
    boolean unused =
        ask(
            management -> {
              declareExchange(management, address);
              declareGroup(management, address, subscription, false);
              return true;
            });
  }

  private void declareGroup(
      Management management, String address, String subscription, boolean begins) {
    if (layout.isStream(address)) {
      return; // it is there, or declared with its channel
    }
    String group = Layout.group(address, subscription);
    String evidence = Layout.evidence(address, subscription);
    declareExchange(management, evidence);
    declareKept(management, evidence, EVIDENCE);
    if (!layout.isKeyed(address)) {
      declareQueue(management, group, address, subscription);
      bind(management.binding().sourceExchange(address).destinationQueue(group));
      return;
    }
    try {
      declare(
          management.exchange(group).type("x-consistent-hash").argument("hash-header", Layout.KEY));
    } catch (AmqpException refused) {
      throw String.valueOf(refused.getMessage()).contains("unknown exchange type")
          ? failures.withoutHash(refused)
          : refused;
    }
    List<String> queues = new ArrayList<>(layout.queues(address, subscription));
    if (begins || !counted.contains(group)) { // as it could not be looked at the start, say
      requireAsMany(management, address, subscription, queues);
    }
    Collections.rotate(queues, -1); // so that they are all there if the first is
    for (String queue : queues) {
      declareQueue(management, queue, address, subscription);
      bind(management.binding().sourceExchange(group).destinationQueue(queue).key("1"));
    }
    requireNoMore(management, address, subscription); // others may have begun meanwhile
    counted.add(group);
    bind(management.binding().sourceExchange(address).destinationExchange(group));
    declare(management.exchange(Layout.control(address, subscription)).type(ExchangeType.FANOUT));
    if (hasLadder(address, subscription)) {
      declareLadder(management, address, subscription);
    }
  }

  /**
   * Others may have declared another number of queues: in those that we have not, events would wait
   * for ever, and those that they have not would take keys from theirs.
   */
  private void requireAsMany(
      Management management, String address, String subscription, List<String> queues) {
    requireNoMore(management, address, subscription);
    String last = queues.get(queues.size() - 1);
    if (exists(management, queues.get(0)) && !exists(management, last)) {
      throw failures.otherPartitions(address, queues.size(), last + " does not exist");
    }
  }

  private void requireNoMore(Management management, String address, String subscription) {
    String beyond = layout.beyond(address, subscription);
    if (exists(management, beyond)) {
      throw failures.otherPartitions(address, layout.partitions(), beyond + " exists");
    }
  }

  private boolean exists(Management management, String queue) {
    try {
      requireQueue(management, queue);
      return true;
    } catch (AmqpEntityDoesNotExistException missing) {
      return false;
    } finally {
      answered = System.nanoTime();
    }
  }

  /** Where its broker puts what it cannot deliver: the dead letters of the subscription. */
  private void declareQueue(
      Management management, String queue, String address, String subscription) {
    Map<String, Object> arguments = queueArguments(address, subscription);
    QueueSpecification specification = management.queue(queue);
    arguments.forEach(specification::argument);
    declare(management, specification, queue, arguments);
  }

  /** Whether something is put aside there, and the broker has no other way to do so. */
  private boolean hasLadder(String address, String subscription) {
    return delaying.contains(Layout.group(address, subscription))
        && Ladder.isNeeded(connection.get());
  }

  private void declareLadder(Management management, String address, String subscription) {
    String exchange = Ladder.exchange(address, subscription);
    declare(management.exchange(exchange).type(ExchangeType.DIRECT));
    for (Duration rung : Ladder.RUNGS) {
      String queue = Ladder.queue(address, subscription, rung);
      Map<String, Object> arguments = rungArguments(address, subscription, rung);
      QueueSpecification specification = management.queue(queue);
      arguments.forEach(specification::argument);
      declare(management, specification, queue, arguments);
      bind(
          management
              .binding()
              .sourceExchange(exchange)
              .destinationQueue(queue)
              .key(Ladder.key(rung)));
    }
  }

  /** Back to the queues of the subscription by their keys, and to nobody else. */
  private static Map<String, Object> rungArguments(
      String address, String subscription, Duration rung) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "quorum");
    arguments.put("x-overflow", "reject-publish");
    arguments.put("x-message-ttl", rung.toMillis());
    arguments.put("x-dead-letter-exchange", Layout.group(address, subscription));
    arguments.put("x-dead-letter-strategy", "at-least-once");
    return arguments;
  }

  private Map<String, Object> queueArguments(String address, String subscription) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("x-queue-type", "quorum");
    arguments.put("x-overflow", "reject-publish");
    arguments.put("x-dead-letter-exchange", Layout.deadLetters(address, subscription));
    arguments.put("x-dead-letter-strategy", "at-least-once");
    arguments.put("x-delivery-limit", DELIVERY_LIMIT);
    arguments.put("x-consumer-timeout", CONSUMER_TIMEOUT.toMillis());
    if (layout.isKeyed(address)) {
      arguments.put(SINGLE_ACTIVE, true);
    }
    return arguments;
  }

  private void declare(
      Management management,
      QueueSpecification specification,
      String queue,
      Map<String, Object> wanted) {
    try {
      QueueInfo unused = specification.declare();
      answered = System.nanoTime();
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
    Set<String> names = new LinkedHashSet<>(wanted.keySet());
    names.addAll(info.arguments().keySet());
    List<String> differences = differences(info.arguments(), wanted, names);
    return differences.isEmpty() ? refused : failures.differs(queue, differences, refused);
  }

  private static List<String> differences(
      Map<String, Object> has, Map<String, Object> wanted, Collection<String> names) {
    List<String> differences = new ArrayList<>();
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
    return differences;
  }

  /** Throws {@link AmqpEntityDoesNotExistException} if there is none. */
  void requireQueue(Management management, String queue) {
    QueueInfo unused = management.queueInfo(queue);
  }

  /** How many messages lie there that nobody has received. */
  long ready(Management management, String queue) {
    return management.queueInfo(queue).messageCount();
  }

  /**
   * Throws {@link AmqpEntityDoesNotExistException} if there is none. Asks by attaching, on a
   * connection of its own, since the broker has no other answer, and ends the session with all its
   * links when that is denied, and before 4.3 also when there is none.
   */
  void requireExchange(String address) {
    Connection probe = connections.open("look for an exchange", null, event -> {});
    try {
      probe.publisherBuilder().exchange(address).build().close();
    } finally {
      probe.close();
    }
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
        management -> {
          List<Backlog> all = new ArrayList<>();
          for (String address : addresses) {
            for (String queue : layout.queues(address, subscription)) {
              all.add(backlog(management, address, queue));
            }
            if (hasLadder(address, subscription)) {
              for (Duration rung : Ladder.RUNGS) {
                String queue = Ladder.queue(address, subscription, rung);
                all.add(backlog(management, address, queue));
              }
            }
          }
          return all;
        });
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
      long messages = management.queueInfo(queue).messageCount();
      answered = System.nanoTime();
      return new Backlog(address, queue, messages, null);
    } catch (AmqpEntityDoesNotExistException missing) {
      throw new MessagingException(
          "SP-AMQP-032", failures.missingQueue(queue).substring(12), missing);
    }
  }
}

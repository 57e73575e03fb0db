package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.EventType.Priority;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.DedupStore;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Configures a subscription: what it handles, and how. Begun by {@link
 * Messaging#subscribe(String)}; nothing happens before {@link #start()}.
 *
 * <p>Not thread-safe.
 *
 * @param <R> the resource of the inbox's transaction, such as a JDBC {@code Connection}; {@code
 *     Void} without an inbox
 */
public final class SubscriptionBuilder<R> {
  private static final CompletionStage<Outcome> DONE =
      CompletableFuture.completedFuture(Outcome.done());

  /** How many events of a lane a worker takes in one turn: one lock for all of them. */
  private static final int TURN = 16;

  final Messaging messaging;
  final String name;
  final Map<String, Registration<?>> registrations = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  /** Types that are not for it, though they come by. */
  final Set<String> skipped = new LinkedHashSet<>();

  Policy policy = Policy.defaults();
  Limits limits = Limits.defaults();
  @Nullable Contract contract;
  @Nullable Inbox<R> inbox;
  @Nullable DedupStore dedup;

  SubscriptionBuilder(Messaging messaging, String name) {
    this.messaging = messaging;
    this.name = name;
  }

  /**
   * Sets what happens to events that are not simply handled.
   *
   * @param policy instead of {@link Policy#defaults()}; not in place of a contract's, which {@link
   *     #policy(UnaryOperator)} makes stricter
   * @return this
   */
  public SubscriptionBuilder<R> policy(Policy policy) {
    if (!policy.keeps(this.policy)) {
      problems.add(replaced("policy"));
    }
    this.policy = policy;
    return this;
  }

  /**
   * Changes what happens to events that are not simply handled: for a subscription whose policy is
   * its contract's.
   *
   * @param change such as {@code policy -> policy.timeout(ofSeconds(5))}
   * @return this
   * @throws MessagingException {@code SP-API-041} if it is laxer than the contract
   */
  public SubscriptionBuilder<R> policy(UnaryOperator<Policy> change) {
    return policy(change.apply(policy));
  }

  /**
   * Sets how much is taken on at once.
   *
   * @param limits instead of {@link Limits#defaults()}; not in place of a contract's, which {@link
   *     #limits(UnaryOperator)} makes stricter
   * @return this
   */
  public SubscriptionBuilder<R> limits(Limits limits) {
    if (!limits.keeps(this.limits)) {
      problems.add(replaced("limits"));
    }
    this.limits = limits;
    return this;
  }

  /**
   * Changes how much is taken on at once: for a subscription whose limits are its contract's.
   *
   * @param change such as {@code limits -> limits.concurrency(4)}
   * @return this
   * @throws MessagingException {@code SP-API-041} if they are laxer than the contract
   */
  public SubscriptionBuilder<R> limits(UnaryOperator<Limits> change) {
    return limits(change.apply(limits));
  }

  private static String replaced(String what) {
    return "SP-API-042 Its "
        + what
        + " would take the place of its contract's; change that instead: "
        + what
        + "("
        + what
        + " -> "
        + what
        + ". ...).";
  }

  /**
   * Names the contract that it keeps: it does not start where the transport cannot keep what that
   * promises.
   *
   * @param contract what was promised
   * @return this
   */
  public SubscriptionBuilder<R> under(Contract contract) {
    this.contract = requireNonNull(contract, "contract");
    return this;
  }

  /**
   * Settles events of some types without handling them: those that share its channel and are for
   * others. Any other type that it does not handle is for {@link Policy#unknownType} to decide.
   *
   * @param types CloudEvents types
   * @return this
   */
  public SubscriptionBuilder<R> skipping(String... types) {
    skipped.addAll(List.of(types));
    return this;
  }

  /**
   * Sets the inbox that {@code onceIn} handlers use.
   *
   * @param inbox for example {@code JdbcInbox.in(dataSource)}
   * @param <S> the resource of its transaction
   * @return this, knowing the resource
   */
  public <S> SubscriptionBuilder<S> inbox(Inbox<S> inbox) {
    if (this.inbox != null) {
      problems.add("SP-API-007 It has two inboxes; call inbox(...) once.");
    }
    @SuppressWarnings("unchecked") // R only says what inbox(...) was given, and that is S from here
    SubscriptionBuilder<S> typed = (SubscriptionBuilder<S>) this;
    typed.inbox = requireNonNull(inbox, "inbox");
    return typed;
  }

  /**
   * Has events claimed before their handler is called, so that one that was handled is not handled
   * again: for handlers whose effects lie in no database. {@link DedupStore} says how far that
   * goes. Call it before {@code on(...)}, whose handlers it is for. One that somebody else has
   * claimed is tried again when that lease is over.
   *
   * @param store for example {@code JdbcDedupStore.in(dataSource)}
   * @return this
   */
  public SubscriptionBuilder<R> dedup(DedupStore store) {
    if (dedup != null || !registrations.isEmpty()) {
      problems.add(
          "SP-API-049 It has handlers or a dedup store already; call dedup(...) once, first.");
    }
    dedup = requireNonNull(store, "store");
    return this;
  }

  /**
   * Handles events of a type.
   *
   * @param type the event type
   * @param handler called once per delivery; a redelivery calls it again
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> on(EventType<T> type, Handler<T> handler) {
    if (dedup != null) {
      return on(
          type,
          (event, context) -> {
            handler.handle(event);
            return Outcome.done();
          });
    }
    return onAsync(
        type,
        (event, context) -> {
          handler.handle(event);
          return DONE;
        });
  }

  /**
   * Handles events of a type, the handler saying what shall become of each.
   *
   * @param type the event type
   * @param handler called once per delivery; a redelivery calls it again
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> on(EventType<T> type, Handler.Deciding<T> handler) {
    DedupStore store = dedup;
    if (store != null) {
      return register(
          new Registration<>(type, new Deduplicated<>(store, handler), true, null, null));
    }
    return onAsync(
        type,
        (event, context) -> CompletableFuture.completedFuture(handler.handle(event, context)));
  }

  /**
   * Handles events of a type without holding a thread while the handler waits.
   *
   * @param type the event type
   * @param handler called once per delivery; a redelivery calls it again
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> onAsync(EventType<T> type, Handler.Async<T> handler) {
    return register(new Registration<>(type, handler, false, null, null));
  }

  /**
   * Handles events of a type in batches, of many keys; those of one key are in order, inside a
   * batch and across batches. A batch is all or nothing. One that trying again can help is tried
   * again; one that fails for good is halved until the event at fault is found, which alone is
   * given up.
   *
   * @param type the event type
   * @param batch how many events at once, and how long the first waits for the others
   * @param handler called once per batch; a redelivery calls it again
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> onBatch(
      EventType<T> type, Batch batch, Handler.Batched<T> handler) {
    return register(
        new Registration<>(
            type,
            (event, context) -> {
              handler.handle(List.of(event));
              return DONE;
            },
            false,
            requireNonNull(batch, "batch"),
            (events, entries, context) -> {
              handler.handle(events);
              return null;
            }));
  }

  /** How many events of a lane are taken at once: enough to fill a batch with one key. */
  int turn() {
    return registrations.values().stream()
        .mapToInt(registration -> registration.batch() == null ? 0 : registration.batch().size())
        .reduce(TURN, Math::max);
  }

  private SubscriptionBuilder<R> register(Registration<?> registration) {
    for (EventType<?> type : registration.type().versions()) {
      if (registrations.putIfAbsent(type.type(), registration) != null) {
        problems.add(
            "SP-API-008 It has two handlers for "
                + type
                + "; merge them, or use two subscriptions.");
      }
    }
    return this;
  }

  /**
   * Handles events of a type in the inbox's transaction, so that each takes effect once (rule D07).
   *
   * @param type the event type
   * @param handler its database effects commit together with the record that the event was handled
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> onceIn(EventType<T> type, Handler.Transactional<T, R> handler) {
    return onceIn(
        type,
        (event, resource, context) -> {
          handler.handle(event, resource);
          return Outcome.done();
        });
  }

  /**
   * Handles events of a type in the inbox's transaction, the handler saying what shall become of
   * each: done and skip commit, anything else rolls back.
   *
   * @param type the event type
   * @param handler its database effects commit together with the record that the event was handled
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> onceIn(
      EventType<T> type, Handler.TransactionalDeciding<T, R> handler) {
    Inbox<R> theInbox = inbox;
    if (theInbox == null) {
      problems.add(
          "SP-API-009 onceIn(" + type + ", ...) needs an inbox; call inbox(...) before it.");
      return this;
    }
    return register(
        new Registration<>(
            type,
            (event, context) ->
                CompletableFuture.completedFuture(
                    theInbox.once(
                        context.entry(),
                        context.remaining(),
                        resource -> {
                          context.called();
                          try {
                            return handler.handle(event, resource, context);
                          } finally {
                            context.keepFromInterruption(); // the commit follows
                          }
                        })),
            true,
            null,
            null));
  }

  /**
   * Handles events of a type in batches, each in one transaction of the inbox: the handler gets
   * those that are new. As with {@link #onBatch}, a batch is all or nothing, and one that fails for
   * good is halved until the event at fault is found.
   *
   * @param type the event type
   * @param batch how many events at once, and how long the first waits for the others
   * @param handler its database effects commit together with the records that the events were
   *     handled
   * @param <T> the class of the payload
   * @return this
   */
  public <T> SubscriptionBuilder<R> onceInBatch(
      EventType<T> type, Batch batch, Handler.TransactionalBatch<T, R> handler) {
    Inbox<R> theInbox = inbox;
    if (theInbox == null) {
      problems.add(
          "SP-API-009 onceInBatch(" + type + ", ...) needs an inbox; call inbox(...) before it.");
      return this;
    }
    requireNonNull(handler, "handler");
    return register(
        new Registration<>(
            type,
            (event, context) -> {
              throw new IllegalStateException("handled in batches");
            },
            true,
            requireNonNull(batch, "batch"),
            (events, entries, context) ->
                theInbox.onceAll(
                    entries.stream().map(Objects::requireNonNull).toList(),
                    context.remaining(),
                    (resource, fresh) -> {
                      try {
                        handler.handle(fresh.stream().map(events::get).toList(), resource);
                      } finally {
                        context.keepFromInterruption(); // the commit follows
                      }
                    })));
  }

  /** All that it handles, older versions too. */
  private List<EventType<?>> types() {
    return handled().stream()
        .flatMap(registration -> registration.type().versions().stream())
        .toList();
  }

  /** Each once, in the order in which they were added. */
  Set<Registration<?>> handled() {
    return new LinkedHashSet<>(registrations.values());
  }

  /**
   * Checks everything, provisions the addresses, and starts to receive. Blocks while it asks the
   * broker and the database. What merely weakens a promise is logged as a warning, once, and shown
   * by {@link Messaging#describe()}.
   *
   * @return the running subscription
   * @throws ConfigurationException naming all that is wrong (rule D19)
   */
  public Subscription start() {
    List<String> found = new ArrayList<>(problems);
    if (registrations.isEmpty() && found.isEmpty()) {
      found.add("SP-API-010 It handles no event type; add on(...) or onceIn(...).");
    }
    Map<String, Priority> priorities = priorities(found);
    Set<String> channels = priorities.keySet();
    Map<String, String> deferred = Subscription.deferred(policy, name, channels);
    findRounds(channels, deferred.keySet(), found);
    findContradictions(found);
    if (contract != null) {
      found.addAll(contract.problems(messaging.transport()));
    }
    if (inbox != null) {
      found.addAll(inbox.problems());
    }
    if (dedup != null) {
      found.addAll(dedup.problems());
    }
    found.addAll(messaging.overlayProblems(this));
    TopologyReport report = messaging.transport().topology().provision(needs(channels, deferred));
    found.addAll(report.problems());
    if (!found.isEmpty()) {
      throw new ConfigurationException("Subscription " + name, found);
    }
    return messaging.start(this, priorities, report.warnings());
  }

  /** By channel; and what is wrong with types. */
  private Map<String, Priority> priorities(List<String> found) {
    Map<String, Priority> priorities = new LinkedHashMap<>();
    Map<EventType<?>, List<String>> checked = StartChecks.problems(types());
    for (EventType<?> type : types()) {
      try {
        found.addAll(checked.getOrDefault(type, List.of()));
        Priority other = priorities.putIfAbsent(type.channel(), type.priority());
        if (other != null && other != type.priority()) {
          found.add(
              "SP-API-031 "
                  + type
                  + " is "
                  + type.priority()
                  + ", and another of its event types at the channel "
                  + type.channel()
                  + " is "
                  + other
                  + ". The order of a key is an order within its channel: give each priority a"
                  + " channel of its own, or all event types of this one the same.");
        }
      } catch (MessagingException incomplete) {
        found.add(incomplete.getMessage());
      }
    }
    return priorities;
  }

  /** What it would write to an address that it reads, for ever. */
  private void findRounds(Set<String> channels, Set<String> delays, List<String> found) {
    for (String channel : channels) {
      for (String address : givenUpTo(channel)) {
        if (channels.contains(address) || delays.contains(address)) {
          found.add(
              "SP-API-015 What it gives up of "
                  + channel
                  + " would go to "
                  + address
                  + ", which it consumes itself, for ever; name another address in its Policy.");
        }
      }
    }
    for (String address : delays) {
      if (channels.contains(address)) {
        found.add(
            "SP-API-015 What it defers would go to "
                + address
                + ", which is one of its channels; name another delay address in its Policy.");
      }
    }
  }

  private List<String> givenUpTo(String channel) {
    return List.of(
        policy.deadLetterAddress(channel, name), policy.parkingLotAddress(channel, name));
  }

  private List<Need> needs(Set<String> channels, Map<String, String> deferred) {
    List<Need> needs = new ArrayList<>();
    deferred.forEach(
        (address, channel) ->
            needs.add(
                Need.deadLetters(address, channel, Defaults.REPLAY_HORIZON)
                    .consumedBy(Delays.group(name))));
    Duration window = inbox == null ? null : inbox.window().orElse(null);
    for (String channel : channels) {
      Need need = Need.channel(channel).consumedBy(name);
      needs.add(window == null ? need : need.keepsAtMost(window));
      givenUpTo(channel)
          .forEach(
              address -> needs.add(Need.deadLetters(address, channel, Defaults.REPLAY_HORIZON)));
    }
    return needs;
  }

  /** What is said of it that cannot be kept together, or not here. */
  private void findContradictions(List<String> found) {
    Retry retry = policy.retry();
    policy
        .defer()
        .filter(defer -> defer.compareTo(retry.cap()) > 0 || defer.compareTo(retry.maxAge()) >= 0)
        .ifPresent(
            defer ->
                found.add(
                    "SP-API-030 It defers delays of "
                        + defer
                        + " and longer, but its retry ("
                        + retry
                        + ") cuts delays to "
                        + retry.cap()
                        + " and gives an event up "
                        + retry.maxAge()
                        + " after its first failure. Raise that cap and that age above what is to"
                        + " be deferred, or defer shorter delays."));
    if (limits.threads() == Limits.Threads.VIRTUAL && !HandlerThreads.hasVirtual()) {
      found.add(
          "SP-API-023 Its handlers are to run on virtual threads, which this JVM ("
              + Runtime.version().feature()
              + ") does not have; run it on 21 or later, or leave Limits.threads alone.");
    }
    if (policy.successors() == Policy.Successors.DIVERT
        && !messaging.transport().capabilities().has(Capability.BROWSING)) {
      found.add(
          "SP-API-024 It diverts the successors of dead letters, for which these must be read"
              + " without consuming; the transport "
              + messaging.transport().name()
              + " cannot. Let them continue, or use another transport.");
    }
    for (String type : skipped) {
      if (registrations.containsKey(type)) {
        found.add("SP-API-044 It handles " + type + ", and skips it; do either.");
      }
    }
    if (dedup != null
        && (inbox != null
            || registrations.values().stream().anyMatch(registration -> !registration.once()))) {
      found.add(
          "SP-API-049 It has a dedup store, which is for on(...) with handlers that block, and"
              + " beside it an inbox, or handlers that are asynchronous or of batches. Use two"
              + " subscriptions.");
    }
  }
}

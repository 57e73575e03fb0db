package io.stagepost.testkit;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.Receipt;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections to one in-memory broker share. Thread-safe; one lock guards all of it. */
final class Broker {
  private static final int DISCARD_EVERY = 1024;

  /** How it was set up. */
  record Settings(
      int partitions,
      boolean createsMissing,
      boolean discardsSettled,
      Duration commitInterval,
      Capabilities capabilities) {}

  final Settings settings;
  final Loop loop;
  final Faults faults = new Faults(this);
  private final ReentrantLock lock = new ReentrantLock();

  /** Something was settled, or confirmed while a sender closes. */
  final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private final Map<String, Topic> topics = new HashMap<>();
  private final Map<String, Group> groups = new HashMap<>();
  private int waiting;
  private long numbered;

  Broker(Settings settings, @Nullable ManualClock clock) {
    this.settings = settings;
    this.loop = new Loop(clock);
  }

  void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  <T> T lockedGet(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  boolean has(Capability capability) {
    return settings.capabilities.has(capability);
  }

  // ---- addresses -------------------------------------------------------------------------------

  @Nullable Topic topic(String address) {
    return topics.get(address);
  }

  static boolean isLegal(String address) {
    return !address.isEmpty() && address.chars().noneMatch(c -> c <= ' ');
  }

  /** Under the lock. Whoever consumes it shares its partitions from now on. */
  Topic create(String address) {
    Topic known = topics.get(address);
    if (known != null) {
      return known;
    }
    Topic created = new Topic(address, settings.partitions);
    topics.put(address, created);
    for (Group group : groups.values()) {
      if (group.addresses.contains(address)) {
        loop.deliver(group::plan);
      }
    }
    return created;
  }

  // ---- messages --------------------------------------------------------------------------------

  /** Under the lock: stores a message, or not, and tells the sending what its publisher learns. */
  void accept(Message message, Sending sending) {
    Topic topic = topics.get(message.address());
    if (topic == null && settings.createsMissing && isLegal(message.address())) {
      topic = create(message.address());
    }
    Faults.PublishFault fault = faults.next(message.address());
    if (fault != null) {
      sending.failure = fault.failure(message.address());
      if (fault == Faults.PublishFault.UNKNOWN_BUT_STORED && topic != null) {
        store(topic, message);
      }
    } else if (topic != null) {
      sending.receipt = store(topic, message);
    } else if (has(Capability.REFUSES_UNROUTABLE)) {
      sending.failure =
          new PublishRejectedException(
              "SP-TEST-020",
              missing(message.address()),
              PublishRejectedException.Fault.SURROUNDINGS,
              null);
    } else {
      sending.receipt = new Receipt(message.address(), "");
    }
  }

  static String missing(String address) {
    return isLegal(address)
        ? "The address " + address + " does not exist; create(\"" + address + "\") makes it."
        : "\"" + address + "\" is no address: it is empty or holds white space; name another.";
  }

  private Receipt store(Topic topic, Message message) {
    Partition partition = topic.partitionOf(message, has(Capability.ORDERED_KEYS));
    long offset = partition.append(copy(message), loop.clock.instant(), numbered++);
    for (Progress each : partition.progress) {
      Flow flow = each.flow;
      if (flow != null && flow.state == Flow.State.ACTIVE) {
        flow.member.wake();
      }
    }
    return new Receipt(topic.address, partition.number + "/" + offset);
  }

  /** Its own bytes: what the sender does to its arrays afterwards does not show. */
  private Message copy(Message message) {
    List<Header> headers = new ArrayList<>(message.headers().size());
    for (Header header : message.headers()) {
      headers.add(new Header(header.name(), copy(header.value())));
    }
    if (!has(Capability.REPEATED_HEADERS)) {
      Set<String> seen = new HashSet<>();
      for (int i = headers.size() - 1; i >= 0; i--) {
        if (!seen.add(headers.get(i).name())) {
          headers.remove(i);
        }
      }
    }
    byte[] body = copy(message.body());
    return new Message(
        message.address(),
        copy(message.key()),
        List.copyOf(headers),
        body == null && !has(Capability.NULL_BODY) ? new byte[0] : body);
  }

  private static byte @Nullable [] copy(byte @Nullable [] bytes) {
    return bytes == null ? null : bytes.clone();
  }

  List<StoredMessage> stored(String address) {
    return lockedGet(
        () -> {
          Topic topic = topics.get(address);
          return topic == null ? List.of() : topic.stored();
        });
  }

  // ---- groups ----------------------------------------------------------------------------------

  Group group(String name, Set<String> addresses) {
    return lockedGet(
        () -> {
          Group group = groups.computeIfAbsent(name, n -> new Group(n, this));
          group.addresses.addAll(addresses);
          return group;
        });
  }

  /** The group of that name, or, where none was ever started, one that has done nothing. */
  Group groupOrNone(String name) {
    return lockedGet(() -> groups.getOrDefault(name, new Group(name, this)));
  }

  Group known(String name) {
    Group group = lockedGet(() -> groups.get(name));
    if (group == null) {
      throw new MessagingException(
          "SP-TEST-005",
          "No subscription \"" + name + "\" was ever started on this broker; start it first.");
    }
    return group;
  }

  /** Under the lock: tells whether its progress is still to be made durable. */
  boolean settled(Progress progress) {
    if (waiting > 0) {
      changed.signalAll();
    }
    boolean later = !settings.commitInterval.isZero();
    if (!later) {
      commit(progress);
    }
    return later && progress.isDirty();
  }

  /** Under the lock: what it has settled survives whatever comes. */
  void commit(Progress progress) {
    progress.commit();
    if (settings.discardsSettled
        && progress.durable() - progress.partition.begin() >= DISCARD_EVERY) {
      progress.partition.discardSettled();
    }
  }

  /** Waits until a group has settled everything; false if it has not within that time. */
  boolean awaitSettled(Group group, Duration timeout) {
    ManualClock clock = loop.manual;
    if (clock != null) {
      return runUntilSettled(group, clock, clock.instant().plus(timeout));
    }
    long left = timeout.toNanos();
    lock.lock();
    try {
      waiting++;
      while (group.unsettled() > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return group.unsettled() == 0;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting--;
      lock.unlock();
    }
  }

  private boolean runUntilSettled(Group group, ManualClock clock, Instant deadline) {
    clock.run();
    while (lockedGet(group::unsettled) > 0) {
      Optional<Instant> next = clock.nextDelay();
      if (next.isEmpty() || next.get().isAfter(deadline)) {
        return false;
      }
      clock.advance(Duration.between(clock.instant(), next.get()));
    }
    return true;
  }
}

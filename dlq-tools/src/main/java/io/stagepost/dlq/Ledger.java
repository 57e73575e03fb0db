package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Origin;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What has become of dead letters, kept at the broker beside them: a log of {@link Entry entries},
 * only ever appended to. It says which letters are resolved, which run holds which address, and who
 * did what. Thread-safe; its methods block.
 *
 * <p>It is an address like any other, keyed by the dead-letter address, so that what concerns one
 * address is in order.
 */
public final class Ledger implements AutoCloseable {
  /** Where it lies unless told otherwise. */
  public static final String ADDRESS = "stagepost.dlq-ledger";

  /** So many characters of a hash are in a mark. */
  private static final int MARK = 32;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Transport transport;
  private final String ledger;
  private final InstantSource clock;
  private final String by;
  private final Sender sender;
  private volatile Waiting waiting = (sign, most) -> {};

  private Ledger(Transport transport, String ledger, InstantSource clock, String by) {
    this.transport = transport;
    this.ledger = ledger;
    this.clock = clock;
    this.by = by;
    this.sender = transport.sender(TIMEOUT);
  }

  /**
   * The ledger of a broker.
   *
   * @param transport it stays the caller's
   * @param ledger its address; {@link #ADDRESS} unless there is a reason
   * @param by who uses it, for the entries
   * @return open until closed
   */
  public static Ledger of(Transport transport, String ledger, String by) {
    return new Ledger(transport, requireNonNull(ledger), Clock.systemUTC(), requireNonNull(by));
  }

  /** Is told that somebody waits for a run that holds an address, and may be dead. */
  @FunctionalInterface
  public interface Waiting {
    /**
     * It waits for another sign of life.
     *
     * @param sign the last one: the run's claim, or a heartbeat; its time is by the clock of
     *     whoever carries that run out
     * @param most how long it waits about, until the run counts as dead
     */
    void waits(Entry sign, Duration most);
  }

  /**
   * Says who is told that a run, an edit or a purge with this ledger waits for another one, which
   * may be dead. Without it, nobody.
   *
   * @param listener called on the thread that waits, once for each that is waited for
   * @return this ledger
   */
  public Ledger tellingWaits(Waiting listener) {
    waiting = requireNonNull(listener, "listener");
    return this;
  }

  void tellWaiting(@Nullable Entry sign, Duration most) {
    if (sign != null) {
      waiting.waits(sign, most);
    }
  }

  /**
   * Makes sure that it exists. Needed once before anything is appended.
   *
   * @param address a dead-letter address that it is to serve
   * @throws ConfigurationException if it cannot exist, and why
   */
  public void provision(String address) {
    List<String> problems =
        transport
            .topology()
            .provision(List.of(new Need(ledger, null, address, null, null)))
            .problems();
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The ledger " + ledger, problems);
    }
  }

  /**
   * Appends an entry; returns once the broker has it.
   *
   * @param kind what is done
   * @param run the run that it belongs to
   * @param address the dead-letter address
   * @param letters which letters; null if none
   * @param note more about it; null if there is no more
   * @throws MessagingException if it is not known to be there
   */
  void append(
      Kind kind, String run, String address, @Nullable Positions letters, @Nullable String note) {
    append(kind, run, address, letters, note, null);
  }

  /** The same, about a claim. */
  void append(
      Kind kind,
      String run,
      String address,
      @Nullable Positions letters,
      @Nullable String note,
      @Nullable String claim) {
    try {
      var unused = appendLater(kind, run, address, letters, note, claim, null).join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof MessagingException told ? told : failed;
    }
  }

  /**
   * The same; completes once the broker has it.
   *
   * @param mark as {@link #mark} gives it, of one of the letters; null if it was not looked at
   * @return fails with a {@link MessagingException} if it is not known to be there
   */
  CompletableFuture<?> appendLater(
      Kind kind,
      String run,
      String address,
      @Nullable Positions letters,
      @Nullable String note,
      @Nullable String claim,
      @Nullable String mark) {
    Entry entry =
        new Entry(
            kind,
            run,
            address,
            clock.instant(),
            by,
            letters == null ? Map.of() : letters.write(),
            note,
            claim,
            mark);
    Message message =
        new Message(
            ledger,
            address.getBytes(UTF_8),
            List.of(new Header("content-type", "application/json".getBytes(UTF_8))),
            JSON.writeValueAsBytes(entry));
    return sender
        .send(message)
        .handle(
            (receipt, failure) -> {
              if (failure == null) {
                return receipt;
              }
              throw new MessagingException(
                  "SP-DLQ-001",
                  "The ledger "
                      + ledger
                      + " has not confirmed the entry "
                      + kind
                      + " of the run "
                      + run
                      + ": "
                      + failure.getMessage(),
                  failure);
            });
  }

  /**
   * Visits all entries, in order for each dead-letter address.
   *
   * @param visitor called on the caller's thread
   */
  public void read(Consumer<Entry> visitor) {
    transport
        .browser()
        .browse(
            ledger,
            stored -> {
              @Nullable Entry entry = entry(stored);
              if (entry != null) {
                visitor.accept(entry);
              }
            });
  }

  private @Nullable Entry entry(StoredMessage stored) {
    byte[] body = stored.message().body();
    if (body == null) {
      return null;
    }
    try {
      return JSON.readValue(body, Entry.class);
    } catch (JacksonException foreign) {
      throw new MessagingException(
          "SP-DLQ-002",
          "What lies at "
              + ledger
              + ", position "
              + Letter.id(stored.origin())
              + ", is no entry of a ledger. Name the ledger's own address.",
          foreign);
    }
  }

  /**
   * All runs that it tells of.
   *
   * @return in the order in which they began, as far as their clocks agree
   */
  public List<Run> runs() {
    Map<String, State> states = new HashMap<>();
    read(entry -> states.computeIfAbsent(entry.address(), any -> new State()).add(entry));
    return states.values().stream()
        .flatMap(state -> state.runs().stream())
        .sorted(Comparator.comparing(Run::begun).thenComparing(Run::id))
        .toList();
  }

  /**
   * Asks a run to hold on, to go on or to end. It looks about every five seconds.
   *
   * @param request {@link Kind#PAUSE}, {@link Kind#RESUME} or {@link Kind#CANCEL}
   * @param run as {@link #runs()} gives it
   * @throws MessagingException {@code SP-DLQ-005} if it has ended
   */
  public void ask(Kind request, Run run) {
    if (request != Kind.PAUSE && request != Kind.RESUME && request != Kind.CANCEL) {
      throw new IllegalArgumentException(request + " cannot be asked of a run");
    }
    if (run.ended() != null) {
      throw new MessagingException(
          "SP-DLQ-005",
          "The run "
              + run.id()
              + " has ended: "
              + run.ended()
              + ". There is nothing to "
              + request.name().toLowerCase(Locale.ROOT)
              + "; to carry out what is left of its plan: dlq replay --resume "
              + run.id());
    }
    append(request, run.id(), run.address(), null, null);
  }

  /**
   * What the ledger says of an address.
   *
   * @param address the dead-letter address
   * @return as of now; of an address that no entry names, that nothing was done
   * @throws MessagingException {@code SP-DLQ-200} if it tells of another address of that name
   */
  State state(String address) {
    State state = follow(address).state();
    requireSame(address, state.traces());
    return state;
  }

  /** What tells a letter from another one that lies at its place once the address is another. */
  static String mark(Letter letter) {
    return letter.id() + " " + Plan.Hash.hex(letter).substring(0, MARK);
  }

  /**
   * Refuses to go by what was said of letters of an address that was deleted since, of which there
   * is another one now: its positions have begun again.
   *
   * @throws MessagingException {@code SP-DLQ-200} if it is another one
   */
  void requireSame(String address, Traces traces) {
    if (traces.last().isEmpty()) {
      return;
    }
    Map<String, String> ends = transport.browser().ends(address);
    traces
        .last()
        .forEach(
            (partition, last) -> {
              String end = ends.get(partition);
              if (end == null || Long.parseLong(end) <= last) {
                throw another(
                    address,
                    "letters up to "
                        + Letter.id(new Origin(address, partition, Long.toString(last), null))
                        + (end == null ? " and there is no such partition" : " and it ends before")
                        + " that");
              }
            });
    String mark = traces.mark();
    if (mark != null) {
      String id = mark.substring(0, mark.indexOf(' '));
      Letters.on(transport)
          .find(address, id)
          .filter(letter -> !mark(letter).equals(mark))
          .ifPresent(
              other -> {
                throw another(address, "the letter " + id + ", and another one lies there");
              });
    }
  }

  private MessagingException another(String address, String what) {
    return new MessagingException(
        "SP-DLQ-200",
        "The ledger "
            + ledger
            + " tells of "
            + what
            + ": "
            + address
            + " was deleted and made anew, so that it says nothing of what lies there now. Name a"
            + " ledger of its own for it: --ledger NAME.");
  }

  /**
   * Looks at an address again and again.
   *
   * @param address the dead-letter address
   * @return reads what is new at each look
   */
  Follower follow(String address) {
    return new Follower(address);
  }

  /**
   * By what an address is known again.
   *
   * @param last by partition, the last position that was dealt with
   * @param mark of one of the letters; null if none is known
   */
  record Traces(Map<String, Long> last, @Nullable String mark) {}

  /** What the ledger says of an address, look after look. Not thread-safe. */
  final class Follower {
    private final String address;
    private final State state = new State();
    private @Nullable Origin last;

    private Follower(String address) {
      this.address = address;
    }

    /** As of the last look. */
    State known() {
      return state;
    }

    /** As of now; the same object each time. */
    State state() {
      Origin seen = last;
      Browser.Selection all = Browser.Selection.of(ledger);
      transport
          .browser()
          .browse(
              // All that concerns an address lies in one partition: it is the key.
              seen == null ? all : all.from(seen.partition(), seen.position()),
              stored -> {
                @Nullable Entry entry = isNew(stored.origin(), seen) ? entry(stored) : null;
                if (entry != null && entry.address().equals(address)) {
                  state.add(entry);
                  last = stored.origin();
                }
                return true;
              });
      return state;
    }

    private static boolean isNew(Origin at, @Nullable Origin seen) {
      return seen == null || Positions.position(at) > Positions.position(seen);
    }
  }

  /** What was done at an address. Not thread-safe. */
  static final class State {
    private final EnumMap<Kind, Positions> resolved = new EnumMap<>(Kind.class);
    private final Map<String, Run> runs = new HashMap<>();
    private final List<Held> claims = new ArrayList<>();
    private final Map<Held, Long> beats = new HashMap<>();
    private final Map<Held, Entry> signs = new HashMap<>();
    private @Nullable String mark;

    /** A claim of a run. */
    record Held(String run, @Nullable String claim) {
      static Held of(Entry entry) {
        return new Held(entry.run(), entry.claim());
      }
    }

    void add(Entry entry) {
      Positions letters = Positions.read(entry.positions());
      if (entry.kind().resolves()) {
        resolved.computeIfAbsent(entry.kind(), any -> new Positions()).addAll(letters);
      }
      if (entry.mark() != null) {
        mark = entry.mark();
      }
      switch (entry.kind()) {
        case RESTORED ->
            resolved
                .values()
                .forEach(
                    all ->
                        letters.forEach(
                            (partition, range) ->
                                all.remove(partition, range.first(), range.last())));
        case CLAIM -> {
          claims.add(Held.of(entry));
          signs.put(Held.of(entry), entry);
        }
        case HEARTBEAT -> {
          beats.merge(Held.of(entry), 1L, Long::sum);
          signs.put(Held.of(entry), entry);
        }
        case RELEASE, ENDED -> {
          claims.remove(Held.of(entry));
          beats.remove(Held.of(entry));
          signs.remove(Held.of(entry));
        }
        default -> {}
      }
      runs.compute(
          entry.run(),
          (id, run) ->
              run == null ? Run.of(entry, letters.size()) : run.then(entry, letters.size()));
    }

    /** Whether a letter has been dealt with. */
    boolean isResolved(Letter letter) {
      return isResolved(letter.at().partition(), Positions.position(letter.at()));
    }

    boolean isResolved(String partition, long position) {
      return resolved.values().stream().anyMatch(all -> all.contains(partition, position));
    }

    boolean isDiscarded(String partition, long position) {
      Positions discarded = resolved.get(Kind.DISCARDED);
      return discarded != null && discarded.contains(partition, position);
    }

    void forEachResolved(Consumer<Positions> visitor) {
      resolved.values().forEach(visitor);
    }

    /** By what the address is known again; a copy. */
    Traces traces() {
      Positions all = new Positions();
      forEachResolved(all::addAll);
      return new Traces(all.last(), mark);
    }

    /** How a letter was dealt with; null if it was not. */
    @Nullable Kind resolution(Letter letter) {
      return resolved.entrySet().stream()
          .filter(entry -> entry.getValue().contains(letter.at()))
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(null);
    }

    /** The claim on the address: the first of those that were made and have not ended. */
    @Nullable Held holder() {
      return claims.isEmpty() ? null : claims.get(0);
    }

    /** How many heartbeats there were of a claim: as long as its run lives the number grows. */
    long beats(Held held) {
      return beats.getOrDefault(held, 0L);
    }

    /** The last that was heard of a claim. */
    @Nullable Entry sign(Held held) {
      return signs.get(held);
    }

    Collection<Run> runs() {
      return runs.values();
    }

    @Nullable Run run(String id) {
      return runs.get(id);
    }
  }

  @Override
  public void close() {
    sender.close();
  }
}

package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Transport transport;
  private final String ledger;
  private final InstantSource clock;
  private final String by;
  private final Sender sender;

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
    Entry entry =
        new Entry(
            kind,
            run,
            address,
            clock.instant(),
            by,
            letters == null ? Map.of() : letters.write(),
            note);
    Message message =
        new Message(
            ledger,
            address.getBytes(UTF_8),
            List.of(new Header("content-type", "application/json".getBytes(UTF_8))),
            JSON.writeValueAsBytes(entry));
    try {
      var unused = sender.send(message).join();
    } catch (CompletionException failed) {
      Throwable cause = Objects.requireNonNullElse(failed.getCause(), failed);
      throw new MessagingException(
          "SP-DLQ-001",
          "The ledger "
              + ledger
              + " has not confirmed the entry "
              + kind
              + " of the run "
              + run
              + ": "
              + cause.getMessage(),
          cause);
    }
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
              byte[] body = stored.message().body();
              if (body != null) {
                try {
                  visitor.accept(JSON.readValue(body, Entry.class));
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
            });
  }

  /**
   * What the ledger says of an address.
   *
   * @param address the dead-letter address
   * @return as of now; of an address that no entry names, that nothing was done
   */
  State state(String address) {
    State state = new State();
    read(
        entry -> {
          if (entry.address().equals(address)) {
            state.add(entry);
          }
        });
    return state;
  }

  /** What was done at an address. Not thread-safe. */
  static final class State {
    private final EnumMap<Kind, Positions> resolved = new EnumMap<>(Kind.class);
    private final Map<String, Run> runs = new HashMap<>();
    private final List<String> claims = new ArrayList<>();

    void add(Entry entry) {
      Positions letters = Positions.read(entry.positions());
      if (entry.kind().resolves()) {
        resolved.computeIfAbsent(entry.kind(), any -> new Positions()).addAll(letters);
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
        case CLAIM -> claims.add(entry.run());
        case RELEASE, ENDED -> claims.remove(entry.run());
        default -> {}
      }
      runs.merge(entry.run(), Run.of(entry, letters.size()), Run::then);
    }

    /** Whether a letter has been dealt with. */
    boolean isResolved(Letter letter) {
      return resolved.values().stream().anyMatch(all -> all.contains(letter.at()));
    }

    void forEachResolved(Consumer<Positions> visitor) {
      resolved.values().forEach(visitor);
    }

    /** How a letter was dealt with; null if it was not. */
    @Nullable Kind resolution(Letter letter) {
      return resolved.entrySet().stream()
          .filter(entry -> entry.getValue().contains(letter.at()))
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(null);
    }

    /** The run that holds the address: the first of those that claimed it and have not ended. */
    @Nullable String holder() {
      return claims.isEmpty() ? null : claims.get(0);
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

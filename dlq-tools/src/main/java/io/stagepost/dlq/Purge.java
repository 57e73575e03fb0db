package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Deletes letters that have been dealt with, where the broker can: a log can only be cut at its
 * head, so that what lies behind the first letter of a partition that is still open stays. Nothing
 * is deleted that is not in an export. Not thread-safe; its methods block.
 */
public final class Purge {
  private final Transport transport;
  private final Ledger ledger;
  private final String address;
  private final Duration silence;

  /**
   * A purge of an address.
   *
   * @param transport the broker; it stays the caller's
   * @param ledger its ledger
   * @param address the dead-letter address
   * @throws MessagingException {@code SP-DLQ-021} if the broker cannot delete what lies at its head
   */
  public Purge(Transport transport, Ledger ledger, String address) {
    this(transport, ledger, address, Claim.SILENCE);
  }

  private Purge(Transport transport, Ledger ledger, String address, Duration silence) {
    this.transport = requireNonNull(transport, "transport");
    this.ledger = requireNonNull(ledger, "ledger");
    this.address = requireNonNull(address, "address");
    this.silence = silence;
    if (!transport.capabilities().has(Capability.TRUNCATING)) {
      throw new MessagingException(
          "SP-DLQ-021",
          "What lies at "
              + address
              + " cannot be deleted over "
              + transport.name()
              + ": "
              + transport.capabilities().whyLacking(Capability.TRUNCATING)
              + ". Letters that were dealt with are passed over, and go when their retention says"
              + " so.");
    }
  }

  /**
   * A copy that takes another time to tell a run that has died from one that is at work.
   *
   * @param silence as {@link Replay#takingOverAfter} says
   * @return the copy
   */
  public Purge takingOverAfter(Duration silence) {
    return new Purge(transport, ledger, address, requireNonNull(silence));
  }

  /**
   * What can be deleted.
   *
   * @param letters how many letters
   * @param stays by partition, the first position that stays
   */
  public record Cut(long letters, Map<String, Long> stays) {}

  /**
   * Looks at what can be deleted now. Deletes nothing.
   *
   * @return of no letters, if the first of each partition are open
   */
  public Cut look() {
    return cut(letter -> {}).cut();
  }

  private record Found(Cut cut, Positions letters) {}

  private Found cut(Consumer<Letter> visitor) {
    Ledger.State state = ledger.state(address);
    Set<String> closed = new HashSet<>();
    Map<String, Long> stays = new TreeMap<>();
    Positions letters = new Positions();
    Letters.on(transport)
        .read(
            address,
            Filter.all(),
            letter -> {
              String partition = letter.at().partition();
              if (closed.contains(partition)) {
                return true;
              }
              if (state.isResolved(letter)) {
                visitor.accept(letter);
                letters.add(letter.at());
                stays.put(partition, Positions.position(letter.at()) + 1);
              } else {
                closed.add(partition);
              }
              return true;
            });
    return new Found(new Cut(letters.size(), stays), letters);
  }

  /**
   * Deletes what {@link #look} tells of, and notes it. First it reads the export, and makes sure
   * that it is whole, and that each letter that goes is in it.
   *
   * @param export an {@link Archive} of the address
   * @return what was deleted
   * @throws MessagingException {@code SP-DLQ-020} if the export is not whole; {@code SP-DLQ-022} if
   *     it lacks a letter, and nothing was deleted then; {@code SP-DLQ-003} if a run is at work
   */
  public Cut run(Path export) {
    String run = "purge-" + UUID.randomUUID().toString().substring(0, 8);
    ledger.provision(address);
    try (Claim claim = Claim.of(ledger, run, address, "purge", silence, new StopSignal())) {
      Set<Long> kept = new HashSet<>();
      Archive.Contents contents = Archive.read(export, message -> kept.add(hash(message)));
      Found found =
          cut(
              letter -> {
                if (!kept.contains(hash(letter.message()))) {
                  claim.end("refused");
                  throw new MessagingException(
                      "SP-DLQ-022",
                      "The letter "
                          + letter.id()
                          + " would be deleted and is not in "
                          + export
                          + ". Nothing was deleted. Export all letters of "
                          + address
                          + " again, whether they were dealt with or not.");
                }
              });
      found
          .cut()
          .stays()
          .forEach(
              (partition, position) -> {
                var unused = claim.request(); // nobody may have taken over meanwhile
                transport.topology().truncate(address, partition, Long.toString(position));
                ledger.append(
                    Kind.PURGED,
                    run,
                    address,
                    found.letters().only(partition),
                    "export " + export.getFileName() + ", SHA-256 " + contents.sha256());
              });
      claim.end("done");
      return found.cut();
    }
  }

  private static long hash(Message message) {
    return ByteBuffer.wrap(Plan.Hash.ofContents(message)).getLong();
  }
}

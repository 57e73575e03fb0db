package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Browser;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Reads dead letters and parked messages where they lie, without consuming them. Thread-safe; its
 * methods block, and hold no more than a few letters in memory.
 */
public final class Letters {
  private final Transport transport;

  private Letters(Transport transport) {
    this.transport = transport;
  }

  /**
   * The letters of a broker.
   *
   * @param transport it stays the caller's; one that cannot browse cannot be read
   * @return a reader
   */
  public static Letters on(Transport transport) {
    return new Letters(requireNonNull(transport, "transport"));
  }

  /**
   * Visits letters, oldest first within each partition, as they lie there at the time of the call.
   *
   * @param address the dead-letter address
   * @param filter which of them
   * @param visitor called on the caller's thread; whether to go on
   * @throws io.stagepost.MessagingException if the address cannot be read, and why
   */
  public void read(String address, Filter filter, Predicate<Letter> visitor) {
    read(filter.within(address), filter, visitor);
  }

  void read(Browser.Selection selection, Filter filter, Predicate<Letter> visitor) {
    transport
        .browser()
        .browse(
            selection,
            stored -> {
              if (isMark(stored)) {
                return true;
              }
              Letter letter = letter(stored);
              return !filter.includes(letter) || visitor.test(letter);
            });
  }

  /**
   * One letter.
   *
   * @param address the dead-letter address
   * @param id as {@link Letter#id()} gives it
   * @return empty if it lies there no longer, or never did
   */
  public Optional<Letter> find(String address, String id) {
    int dash = id.indexOf('-');
    return transport
        .browser()
        .find(address, dash < 0 ? "" : id.substring(0, dash), id.substring(dash + 1))
        .filter(stored -> !isMark(stored))
        .map(this::letter);
  }

  /**
   * The letters of an address, by how they failed.
   *
   * @param address the dead-letter address
   * @param filter which of them
   * @return the largest group first; beyond a thousand groups the rest is one
   */
  public List<Group> groups(String address, Filter filter) {
    Groups groups = new Groups();
    read(
        address,
        filter,
        letter -> {
          groups.add(letter);
          return true;
        });
    return groups.list();
  }

  /** What says that a key is released is no letter; it has no body, so few have to be looked at. */
  private static boolean isMark(StoredMessage stored) {
    byte[] body = stored.message().body();
    return (body == null || body.length == 0)
        && stored.message().header(FailureHeaders.RELEASED) != null;
  }

  private Letter letter(StoredMessage stored) {
    return new Letter(transport, stored);
  }
}
